"""One receipt: what it states, its files, the lines that it is made of, and a check of it by whoever looks."""

import streamlit as st
from carbonledger.verify.strict_json import parse_object

from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.acting import attempted
from app.dashboard.page_list import RECEIPTS
from app.dashboard.receipt_figures import DocumentFigures, document_figures
from app.dashboard.receipt_words import TONES, receipt_figure
from app.receipts.check import check_receipt
from app.receipts.files import read_file
from app.receipts.links import file_path, public_page, whole_page
from app.receipts.records import ReceiptView, find_receipt
from app.verification.findings import findings_of
from app.verification.words import OUTCOMES
from core.errors import NotFoundError
from core.ids import public_id

NOT_THERE = "The address names a receipt that this organization does not have."
FILES = {
    "PDF": "pdf",
    "JSON": "json",
    "Log proof": "tlog-proof",
    "Sealed usage file": "sealed-usage.jsonl",
}


def show(person: Principal) -> None:
    context = serving.context()
    try:
        view = find_receipt(context.database, person.org_id, address.in_address("serial") or "")
    except NotFoundError:
        fragments.show(
            "no_page.html",
            title="There is no such receipt",
            sentence=NOT_THERE,
            link=RECEIPTS.path,
            link_text="All receipts",
        )
        return
    figure = receipt_figure(view)
    period_id = public_id("period", view.period_id)
    fragments.show("receipt_heading.html", view=view, words=figure.words, period=figure.period, period_id=period_id)
    if not view.is_issued:
        return
    file = attempted(lambda: read_file(context, person.org_id, view.serial, "json"))
    if file is None:
        return
    of = document_figures(parse_object(file.content))
    fragments.show("receipt_totals.html", of=of)
    _hand_out(person, view)
    _lines(of)
    fragments.show("receipt_credits.html", of=of)
    fragments.show("receipt_record.html", of=of, view=view)


def _hand_out(person: Principal, view: ReceiptView) -> None:
    """Its files, the link that goes with it, and a check."""
    public_url = serving.context().settings.public_url
    with st.container(border=True, key="receipt-files"):
        fragments.show("receipt_files.html", links={label: file_path(view, name) for label, name in FILES.items()})
        st.caption("For whoever is to check it: this link shows all of the receipt to who has it.")
        whole = whole_page(view, public_url=public_url)
        st.code(whole, language=None, wrap_lines=True)
        public = public_page(view, public_url=public_url)
        fragments.show("receipt_links.html", public_page=public, whole_page=whole)
        if st.button("Verify", icon=":material/verified:", key="verify"):
            report = attempted(lambda: check_receipt(serving.context(), person.org_id, view.serial))
            if report is not None:
                found = findings_of(report)
                fragments.show("receipt_checks.html", report=report, findings=found, outcomes=OUTCOMES, tones=TONES)


def _lines(of: DocumentFigures) -> None:
    fragments.show(
        "receipt_lines.html",
        kind="models",
        title="By model",
        column="Model",
        lines=of.models,
        total=of.usage,
        note=None,
    )
    note = "With the names that projects had when the period was closed."
    fragments.show(
        "receipt_lines.html",
        kind="projects",
        title="By project",
        column="Project",
        lines=of.projects,
        total=of.usage,
        note=note,
    )
    if of.adjustments:
        note = "Usage of earlier periods that was learnt of after their close. It counts here; what was closed stays."
        fragments.show(
            "receipt_lines.html",
            kind="adjustments",
            title="Adjustments of earlier periods",
            column="Model",
            lines=of.adjustments,
            total=of.adjusted,
            note=note,
        )
