"""JSON that means one thing to every reader: bytes -> value.

The standard library's parser takes duplicate names (the last one wins), NaN, integers that no double holds, and nesting
that ends in a RecursionError. Two readers of such bytes can see two documents, so each of them is refused before
anything is hashed (RFC 8785 section 3.1, RFC 7493).
"""

import json
import re
from collections import Counter
from typing import NoReturn

from carbonledger.verify.errors import VerificationError

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None

LARGEST_DOCUMENT_BYTES = 1024 * 1024
DEEPEST_NESTING = 16
LARGEST_INTEGER = 2**53 - 1  # beyond it a double rounds, and so do readers in JavaScript

# A string, or what is left of the text where one does not end. Never steps back, so it takes as long as the text is,
# whatever is in it.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def parse(data: bytes, *, largest: int = LARGEST_DOCUMENT_BYTES, deepest: int = DEEPEST_NESTING) -> Json:
    """The value that these UTF-8 bytes say; numbers are whole, names in an object are distinct.

    Raises VerificationError for anything else: more than `largest` bytes, deeper than `deepest` objects and arrays, a
    duplicate name, a number with a fraction or an exponent, NaN, an integer beyond 2^53 - 1, a lone surrogate.
    """
    if len(data) > largest:
        raise VerificationError(f"The document is larger than {largest} bytes.")
    _refuse_deep(data, deepest)
    try:
        text = data.decode("utf-8")
        value: Json = json.loads(
            text,
            object_pairs_hook=_object_of_distinct_names,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise VerificationError("The document is not UTF-8.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise VerificationError("The document is not JSON.") from error
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def parse_object(data: bytes, *, largest: int = LARGEST_DOCUMENT_BYTES) -> dict[str, Json]:
    """As `parse`, of a document that is an object. Raises VerificationError for any other."""
    value = parse(data, largest=largest)
    if not isinstance(value, dict):
        raise VerificationError("The document is not a JSON object.")
    return value


def _refuse_deep(data: bytes, deepest: int) -> None:
    """Counted on the bytes, before the parser descends."""
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        if depth > deepest:
            raise VerificationError(f"The document is nested deeper than {deepest} levels.")


def _object_of_distinct_names(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise VerificationError(f"The name {twice!r} is there twice in one object.")
    return members


def _integer(digits: str) -> int:
    # The length first: a number of a million digits is not worth reading.
    if len(digits) > 17 or abs(number := int(digits)) > LARGEST_INTEGER:
        raise VerificationError("The document holds an integer beyond 2^53 - 1.")
    if digits.startswith("-0"):
        raise VerificationError("The document holds a negative zero.")
    return number


def _refuse_number(digits: str) -> NoReturn:
    raise VerificationError(f"The document holds the number {digits[:20]}; only whole numbers are taken.")


def _refuse_lone_surrogates(value: Json) -> None:
    match value:
        case str():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError as error:
                raise VerificationError("The document holds half of a surrogate pair.") from error
        case list():
            for item in value:
                _refuse_lone_surrogates(item)
        case dict():
            for name, member in value.items():
                _refuse_lone_surrogates(name)
                _refuse_lone_surrogates(member)
        case _:
            pass
