"""Cursors: where the next page begins, in one opaque string that is bound to the query it was made for.

A cursor opens nothing: the tenant is never in it, and a forged one only names a place in the caller's own rows.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Request

from core.errors import InvalidInputError

_PAGING = frozenset({"cursor", "limit"})

Limit = Annotated[int, Query(description="Rows of a page at most.", ge=1, le=1000)]
Cursor = Annotated[str | None, Query(alias="cursor", description="`next_cursor` of the page before.", max_length=500)]

Row = TypeVar("Row")


class InvalidCursorError(InvalidInputError):
    code = "invalid-cursor"

    def __init__(self) -> None:
        super().__init__("This cursor does not belong to this query. Start from the first page.")


def cursor(request: Request, place: Sequence[str]) -> str:
    text = json.dumps([_query_digest(request), *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(request: Request, given: str, *, parts: int) -> list[str]:
    """The `parts` texts that `cursor` was given. Raises InvalidCursorError for anything else than such a cursor."""
    try:
        padded = given + "=" * (-len(given) % 4)
        found = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise InvalidCursorError from None
    if not (isinstance(found, list) and len(found) == parts + 1 and all(isinstance(part, str) for part in found)):
        raise InvalidCursorError
    if found[0] != _query_digest(request):
        raise InvalidCursorError
    return found[1:]


def id_of(request: Request, given: str | None) -> int | None:
    """The database id that the page before ended with; None for the first page. Raises InvalidCursorError."""
    if given is None:
        return None
    (text,) = place_of(request, given, parts=1)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidCursorError
    return int(text)


def page_of(
    rows: Sequence[Row], request: Request, *, limit: int, after: str | None, key: Callable[[Row], int]
) -> tuple[Sequence[Row], str | None]:
    """A page of rows that are sorted by `key`, and the cursor of the next one. For lists that are short as a whole."""
    if after is not None:
        (text,) = place_of(request, after, parts=1)
        if not (text.isascii() and text.isdigit()):
            raise InvalidCursorError
        rows = [row for row in rows if key(row) > int(text)]
    shown = rows[:limit]
    return shown, cursor(request, [str(key(shown[-1]))]) if len(rows) > limit else None


def _query_digest(request: Request) -> str:
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name not in _PAGING)
    return hashlib.sha256(json.dumps([request.url.path, asked]).encode()).hexdigest()[:16]
