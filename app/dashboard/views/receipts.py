"""Receipts: what every closed paid period was stated with; on the free plan, what they would be and the way there."""

import streamlit as st

from app.accounts.principal import Principal
from app.billing.subscription import billing_view
from app.dashboard import fragments, serving
from app.dashboard.leaving import leave_for
from app.dashboard.page_list import RECEIPT, UPGRADE
from app.dashboard.receipt_words import receipt_figure
from app.dashboard.views.legal_name import show_legal_name
from app.receipts.records import list_receipts

NONE_YET = "No receipts yet"
ON_THE_FREE_PLAN = (
    "On the free plan usage is measured and nothing is retired, so there is nothing to give a receipt for; a paid plan"
    " closes each month with one that anybody can check."
)
FIRST_TO_COME = (
    "The first one comes when the first paid period is closed: 48 hours after both its end and its payment. You are"
    " told by mail."
)


def show(person: Principal) -> None:
    context = serving.context()
    receipts = list_receipts(context.database, person.org_id)
    is_free = billing_view(context.database, person.org_id).tier.code == "free"
    fragments.show("heading.html", title="Receipts", aside="Signed, logged, and for anybody to check")
    if receipts:
        figures = [receipt_figure(each) for each in reversed(receipts)]
        fragments.show("receipt_list.html", receipts=figures, page=RECEIPT.path)
    elif not is_free:
        with st.container(border=True, key="receipts-to-come"):
            fragments.show("receipts_none.html", title=NONE_YET, sentence=FIRST_TO_COME)
    if is_free:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="receipts"):
            fragments.show("receipts_none.html", title=None if receipts else NONE_YET, sentence=ON_THE_FREE_PLAN)
            if st.button("Upgrade to offset", type="primary", key="upgrade"):
                leave_for(UPGRADE.path, where="the plans")
    if receipts or not is_free:
        show_legal_name(person)
