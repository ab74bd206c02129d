"""The Billing page after an act at Stripe: looks every other second, and draws anew once the mirror has followed."""

import streamlit as st

from app.billing.subscription import BillingView, billing_view
from app.dashboard import fragments, serving
from app.dashboard.visitor import visitor

LOOK_AGAIN = "2s"
_EXPECTED = "billing-expected"


def expect_change(sentence: str) -> None:
    """From now on the Billing page says this, until what it shows has changed."""
    st.session_state[_EXPECTED] = (sentence, None)


def expected_change(view: BillingView) -> str | None:
    """The sentence while the mirror is as it was when it was first shown; None once it has followed."""
    if _EXPECTED not in st.session_state:
        return None
    sentence, seen = st.session_state[_EXPECTED]
    if seen is not None and seen != view:
        del st.session_state[_EXPECTED]
        return None
    st.session_state[_EXPECTED] = (sentence, view)
    return str(sentence)


@st.fragment(run_every=LOOK_AGAIN)
def follow(shown: BillingView, sentence: str) -> None:
    """The whole page again as soon as the organization's billing is another one than what is shown."""
    org_id = visitor().org_id  # a fragment runs without the script around it, so it asks again itself
    if billing_view(serving.context().database, org_id) != shown:
        st.rerun()
    fragments.show("note.html", tone="good", title="", sentence=sentence, link=None)
