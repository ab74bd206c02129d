"""Reading a provider's pages: JSON to strict frozen models, and lists of pages to their end.

Whatever is not as the provider documents it is an UnreadableAnswerError that names the field and quotes no value.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, NoReturn, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ingestion.providers.protocol import UnreadableAnswerError
from ingestion.usage_row import WIDTHS, BucketWidth, UsageRow, UsageWindow

PAGE_CAP = 1_000  # 168,000 hourly buckets or a million rows: longer than any window of ours, so the list has no end

Json = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an answer came from, as sentences and errors name it."""

    provider: str
    endpoint: str

    def unreadable(self, field: str, problem: str) -> UnreadableAnswerError:
        """The error for one field of an answer."""
        return UnreadableAnswerError(
            f"{self.provider} answered {self.endpoint} in a way that CarbonLedger does not understand: "
            f"{field} {problem}. Nothing of the answer was stored; the window is read again later.",
            endpoint=self.endpoint,
            field=field,
        )


class ProviderModel(BaseModel):
    """A part of a provider's answer. A field without default must be there; "3" or 3.0 is no integer."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")


def instant(value: object, *, zone_unsaid: tzinfo | None = None) -> datetime:
    """An ISO 8601 text as an instant in UTC. ValueError if it is none, names no zone (unless given), or is far off."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or not 2000 <= moment.year < 2200:
        raise ValueError("not a timestamp of a bucket")
    if moment.tzinfo is None and zone_unsaid is None:
        raise ValueError("a timestamp without a zone")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone_unsaid)).astimezone(UTC)


LARGEST_COUNT = 2**63 - 1  # what fits into a bigint

Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
"""A number of tokens or requests."""

Instant = Annotated[datetime, BeforeValidator(instant)]
"""RFC 3339 with a zone, as UTC."""


def decode(body: bytes, *, origin: Origin, exact: bool = False) -> Json:
    """The JSON object in `body`, if it can be stored as it came: no NaN, no NUL character, no lone surrogate.

    `exact`: numbers with a fraction become Decimal, as money must.
    """
    try:
        value = json.loads(body, parse_constant=_refuse_constant, parse_float=Decimal if exact else None)
        storable = b"\\u" not in body or b"\\u0000" not in json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, InvalidOperation, RecursionError):  # InvalidOperation: an exponent that no Decimal holds
        value, storable = None, False
    if not storable or not isinstance(value, dict):
        raise origin.unreadable("body", "is not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def read(model: type[Model], value: object, *, origin: Origin) -> Model:
    """`value` as a `model`, or an UnreadableAnswerError that names the first field at fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join("[]" if isinstance(part, int) else part for part in first["loc"]) or model.__name__
    raise origin.unreadable(field, "is absent" if first["type"] == "missing" else "is not what is documented")


class ListPage(Protocol):
    @property
    def has_more(self) -> bool: ...

    @property
    def next_page(self) -> str | None: ...


Page = TypeVar("Page", bound=ListPage)


async def all_pages(
    ask: Callable[[str | None], Awaitable[Page]],
    *,
    origin: Origin,
    cap: int = PAGE_CAP,
    is_over: Callable[[Page], bool] = lambda _: False,
) -> list[Page]:
    """Every page of a list, from `ask(None)` on. A list that is cut short or turns in a circle is refused.

    `is_over` knows a page that ends the list though it names a next one.
    """
    pages: list[Page] = []
    seen: set[str] = set()
    cursor: str | None = None
    while len(pages) < cap:
        page = await ask(cursor)
        pages.append(page)
        if not page.has_more or is_over(page):
            return pages
        cursor = page.next_page
        if not cursor:
            raise origin.unreadable("next_page", "is absent although has_more is true")
        if cursor in seen:
            raise origin.unreadable("next_page", "came a second time")
        seen.add(cursor)
    raise origin.unreadable("has_more", f"is still true after {cap} pages")


def is_on_grid(moment: datetime, width: BucketWidth) -> bool:
    """Whether a bucket of this width begins at the moment: at a whole hour, or at midnight UTC."""
    return not (moment - _EPOCH) % WIDTHS[width]


def rows_within(rows: Iterable[UsageRow], window: UsageWindow, *, origin: Origin) -> tuple[UsageRow, ...]:
    """The rows of buckets inside `window`. Refuses a bucket off the stream's grid, and one that comes twice.

    Buckets wholly outside are dropped, not refused: providers disagree on whether the end of a range is inclusive.
    """
    kept: dict[tuple[datetime, tuple[tuple[str, str | None], ...]], UsageRow] = {}
    for row in rows:
        width = WIDTHS[row.stream.bucket_width]
        start, end = row.bucket_started_at, row.bucket_ended_at
        if start >= window.end or max(end, start + width) <= window.start:
            continue
        if end - start != width or not is_on_grid(start, row.stream.bucket_width):
            raise origin.unreadable("bucket start and end", f"are not a whole {row.stream.bucket_width} of UTC")
        identity = (start, tuple(sorted(row.dimensions.items())))
        if identity in kept:
            raise origin.unreadable("rows", "hold the same bucket and dimensions twice")
        kept[identity] = row
    return tuple(kept.values())
