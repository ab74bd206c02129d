"""How facts are written in documents: instants, dates, exact decimals, names."""

from datetime import UTC, datetime
from decimal import Decimal

from core.names import printable


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
    """As it is printed; what a receipt must not print has become U+FFFD."""
    return printable(text)


def name_if_known(text: str | None) -> str | None:
    """As `name`; an empty text says no more than none."""
    return printable(text) if text else None
