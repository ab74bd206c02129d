"""What the owner of a receipt that no longer stands is told."""

from collections.abc import Mapping
from typing import Literal

from receipts.words import dates

ReasonCode = Literal["credit_invalidated", "error_found", "key_compromised"]

TITLE = "A carbon receipt no longer stands: {serial}"
BODY = (
    "The receipt {serial} for {period} is void. {reason} What happened: {note}\n\n"
    "{next} Please do not pass the void one on: whoever verifies it is told that it is void."
)
REASONS: Mapping[ReasonCode, str] = {
    "credit_invalidated": "Credits that it names were taken back by their registry.",
    "error_found": "An error was found in it.",
    "key_compromised": "The key that signed it may have been in other hands.",
}
REPLACED = "Another receipt takes its place, at no cost to you; you will be told when it is ready."
NOT_REPLACED = "No other receipt takes its place."


def voided(
    *, serial: str, period_start: str, period_end: str, reason_code: ReasonCode, note: str, is_to_be_replaced: bool
) -> tuple[str, str]:
    """Title and body. The period's ends as receipts write instants; the note is an operator's own words."""
    body = BODY.format(
        serial=serial,
        period=dates.period(period_start, period_end),
        reason=REASONS[reason_code],
        note=note,
        next=REPLACED if is_to_be_replaced else NOT_REPLACED,
    )
    return TITLE.format(serial=serial), body
