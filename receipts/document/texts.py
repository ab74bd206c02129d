"""How facts are written in documents: instants, dates, exact decimals, names."""

from datetime import UTC, datetime
from decimal import Decimal

from core.names import printable

LONGEST_LINE = 1000
"""Characters of a `line`, as the schema of receipts has it; a longer one would never be signed."""


def instant(moment: datetime) -> str:
    """`2026-10-01T00:00:00Z`: the second that `moment` (aware) lies in."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decimal(exact: Decimal) -> str:
    """Every digit: no exponent, no trailing zeros of a fraction, no negative zero."""
    text = format(exact, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def count(number: int | None) -> str | None:
    """Counts are strings, for JavaScript rounds numbers above 2^53; None stays."""
    return None if number is None else str(number)


def name(text: str) -> str:
    """As it is printed; what a receipt must not print has become U+FFFD, and what is too long for a line is cut off."""
    line = printable(text)
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def name_if_known(text: str | None) -> str | None:
    """As `name`; an empty text says no more than none."""
    return name(text) if text else None
