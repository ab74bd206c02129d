"""Receipts as lists show them, and what their states are called and mean for who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from carbonledger.verify.report import Outcome

from app.dashboard.billing_figures import period_name
from app.dashboard.billing_words import Tone, Words
from app.dashboard.figures import Range
from app.dashboard.instants import written_date
from app.receipts.records import ReceiptView
from core.units import scaled_by_a_millionth
from receipts.words.voids import REASONS

TONES: Mapping[Outcome, Tone] = {"passed": "good", "failed": "bad", "not_checked": "warn"}


@dataclass(frozen=True, slots=True)
class ReceiptFigure:
    """A receipt as lists show it; `emissions` are gross, in grams."""

    view: ReceiptView
    period: str
    words: Words
    emissions: Range


def receipt_figure(view: ReceiptView) -> ReceiptFigure:
    emissions = Range(*(Decimal(scaled_by_a_millionth(bound)) for bound in view.co2e))
    return ReceiptFigure(view, period_name(view.started_at, view.ended_at), receipt_words(view), emissions)


def receipt_words(view: ReceiptView) -> Words:
    """The receipt's state: a label, and a sentence that can be held against it."""
    match view.state:
        case "preparing":
            return Words(
                "Being prepared", "warn", "It is signed, logged and printed next; its files follow in minutes."
            )
        case "issued":
            when = "" if view.issued_at is None else f" on {written_date(view.issued_at)}"
            return Words("Issued", "good", f"Issued{when}. It is in the transparency log, and anybody can check it.")
        case "voided":
            return Words("Voided", "bad", _voided(view) + _replacement(view))
        case "superseded":
            return Words("Superseded", "bad", f"{_voided(view)} Receipt {view.superseded_by} takes its place.")
        case _:
            assert_never(view.state)


def _voided(view: ReceiptView) -> str:
    if view.void is None:
        return "It no longer stands."
    return f"Voided on {written_date(view.void.voided_at)}. {REASONS[view.void.reason_code]} It no longer stands."


def _replacement(view: ReceiptView) -> str:
    wanted = view.void is not None and view.void.is_to_be_replaced
    return " Another receipt will take its place." if wanted else " No other receipt takes its place."
