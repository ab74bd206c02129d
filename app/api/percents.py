"""Shares as answers write them: percent with four decimals, as exact text."""

from decimal import ROUND_HALF_EVEN, Decimal

_DIGITS = Decimal("0.0001")


def percent(share: Decimal | None) -> str | None:
    """Half-even; None of nothing."""
    return None if share is None else str((share * 100).quantize(_DIGITS, rounding=ROUND_HALF_EVEN))
