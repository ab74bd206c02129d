"""Receipts as lists show them, and what their states, voids and checks are called and mean for who reads it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from carbonledger.verify.report import Report

from app.dashboard.billing_figures import period_name
from app.dashboard.billing_words import Tone, Words
from app.dashboard.figures import Range
from app.dashboard.instants import written_date
from app.receipts.records import ReceiptView
from core.units import scaled_by_a_millionth
from receipts.words.voids import REASONS

CHECKS = {
    "format": ("Its form", "It is canonical JSON, and nothing in it can be read in two ways."),
    "schema": ("Its schema", "It has the fields of a receipt and no others."),
    "context": ("Its vocabulary", "Its words mean what the standard says, and no other meaning was added."),
    "issuer": ("Its issuer", "It names this installation."),
    "key": ("Its key", "It was signed by a key of the issuer that counted at that time."),
    "signature": ("Its signature", "Nothing in it was changed since it was signed."),
    "arithmetic": ("Its sums", "Lines add up to their totals, to the last microgram."),
    "inclusion": ("Its place in the log", "The transparency log has it."),
    "checkpoint": ("The log’s signature", "The log has signed the state that has it."),
}
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "passed": ("passed", "good"),
    "failed": ("failed", "bad"),
    "not_checked": ("not checked", "warn"),
}


@dataclass(frozen=True, slots=True)
class ReceiptFigure:
    """A receipt as lists show it; `emissions` are gross, in grams."""

    view: ReceiptView
    period: str
    words: Words
    emissions: Range


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """One check of a report: what it is, what it would mean if it passed, how it came out, and what was found."""

    name: str
    title: str
    meaning: str
    outcome: str
    label: str
    tone: Tone
    detail: str


def receipt_figure(view: ReceiptView) -> ReceiptFigure:
    emissions = Range(*(Decimal(scaled_by_a_millionth(bound)) for bound in view.co2e))
    return ReceiptFigure(view, period_name(view.started_at, view.ended_at), receipt_words(view), emissions)


def checks_of(report: Report) -> list[CheckFigure]:
    """In the order in which they were made."""
    return [
        CheckFigure(check.name, *CHECKS[check.name], check.outcome, *OUTCOMES[check.outcome], check.detail)
        for check in report.checks
    ]


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
