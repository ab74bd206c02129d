"""What the Receipts pages say of each state, and the two-digit amounts that stand on page and paper alike."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.dashboard import quantities
from app.dashboard.receipt_figures import document_figures
from app.dashboard.receipt_words import receipt_figure, receipt_words
from app.receipts.records import ReceiptState, ReceiptView, VoidView
from app.telemetry.measures import Estimate
from tests.receipts.samples import sample_receipt

START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
ISSUED_AT = datetime(2026, 11, 3, tzinfo=UTC)
OTHER = "CLT-2026-10-00000000-A"


def a_receipt(state: ReceiptState = "issued", *, is_to_be_replaced: bool = False) -> ReceiptView:
    void = VoidView("error_found", "A sum was wrong.", is_to_be_replaced, datetime(2026, 12, 1, tzinfo=UTC))
    issued = ReceiptView(
        id=1, serial="CLT-2026-10-7F3K9QX2-M", receipt_id="0" * 32, period_id=7, version=1, state="issued",
        tier="starter", legal_name="Ada", is_test=True, started_at=START, ended_at=END, closed_at=ISSUED_AT,
        factor_version="2026.1", co2e=Estimate(Decimal(187_000_000), Decimal(1_021_000_000), Decimal(7_460_000_000)),
        retire_grams=1_021, not_covered_micrograms=Decimal(0), known_hours=744, missing_hours=0, ordered_at=ISSUED_AT,
        issued_at=ISSUED_AT, kid="k", document_sha256="d", usage_sha256="u", pdf_sha256="p", log_index=5, log_size=9,
        supersedes=None, superseded_by=None, void=None,
    )  # fmt: skip
    match state:
        case "preparing":
            return replace(issued, state=state, issued_at=None)
        case "issued":
            return issued
        case "voided":
            return replace(issued, state=state, void=replace(void, is_to_be_replaced=is_to_be_replaced))
        case "superseded":
            return replace(issued, state=state, void=void, superseded_by=OTHER)


@pytest.mark.parametrize(
    ("view", "label", "sentence"),
    [
        (
            a_receipt("preparing"),
            "Being prepared",
            "It is signed, logged and printed next; its files follow in minutes.",
        ),
        (
            a_receipt(),
            "Issued",
            "Issued on 3 Nov 2026. It is in the transparency log, and anybody can check it.",
        ),
        (
            a_receipt("voided"),
            "Voided",
            "Voided on 1 Dec 2026. An error was found in it. It no longer stands. No other receipt takes its place.",
        ),
        (
            a_receipt("voided", is_to_be_replaced=True),
            "Voided",
            "Voided on 1 Dec 2026. An error was found in it. It no longer stands. Another receipt will take its place.",
        ),
        (
            a_receipt("superseded"),
            "Superseded",
            f"Voided on 1 Dec 2026. An error was found in it. It no longer stands. Receipt {OTHER} takes its place.",
        ),
    ],
)
def test_each_state_is_said_in_a_label_and_a_sentence(view: ReceiptView, label: str, sentence: str) -> None:
    words = receipt_words(view)
    assert (words.label, words.sentence) == (label, sentence)


def test_the_list_has_the_exact_grams_and_the_month() -> None:
    figure = receipt_figure(a_receipt())
    assert figure.period == "October 2026"
    assert (figure.emissions.low, figure.emissions.central) == (Decimal(187), Decimal(1021))
    assert quantities.printed_mass(figure.emissions.high) == "7.5 kg"


def test_the_figures_of_a_document_are_its_own_to_the_last_digit() -> None:
    sample = sample_receipt()
    subject, figures = sample.document["credentialSubject"], document_figures(sample.document)
    assert str(int(figures.emissions.central * 10**6)) == subject["emissions"]["central"]
    assert sum(int(line.co2e.central * 10**6) for line in figures.models if line.co2e) == int(
        subject["usage"]["emissions"]["central"]
    )
    assert [str(credit.grams) for credit in figures.credits] == [
        credit["grams"] for credit in subject["retired"]["credits"]
    ]
    assert (figures.usage.central + figures.adjusted.central, figures.sealed_rows) == (
        figures.emissions.central,
        int(subject["sealedUsage"]["rows"]),
    )


def test_a_link_of_the_registry_is_one_only_if_it_leads_there_safely() -> None:
    """What an operator once imported is text; the page makes a link of https alone."""
    sample = sample_receipt()
    credit = sample.document["credentialSubject"]["retired"]["credits"][0]
    for address, link in (("https://registry.example/1", "https://registry.example/1"), ("javascript:alert(1)", None)):
        credit["unitRegistryLink"] = address
        assert document_figures(sample.document).credits[0].link == link
