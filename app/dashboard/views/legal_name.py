"""The name that receipts are made out to, where receipts are shown: owners and admins change it for those to come."""

import streamlit as st

from app.accounts.legal_names import change_legal_name, read_names
from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from core.names import LONGEST_LEGAL_NAME

_SAVED = "legal-name-saved"
SAVED = "Receipts from the next one on have this name. Those that are there keep theirs."


def show_legal_name(person: Principal) -> None:
    context = serving.context()
    names = read_names(context.database, person)
    may_change = "billing:write" in acts_of(person)
    with st.container(border=True, key="legal-name"):
        fragments.show("legal_name.html", names=names, may_change=may_change)
        if st.session_state.pop(_SAVED, False):
            fragments.show("note.html", tone="good", title="Saved.", sentence=SAVED, link=None)
        if may_change:
            _form(person, names.legal_name or "")


def _form(person: Principal, present: str) -> None:
    context = serving.context()
    with st.form("change-legal-name", border=False):
        given = st.text_input(
            "Legal name",
            value=present,
            max_chars=LONGEST_LEGAL_NAME,
            placeholder="as registered; empty: the organization's name",
        )
        if st.form_submit_button("Save") and done(
            lambda: change_legal_name(context.database, person, given.strip() or None, now=context.clock.now())
        ):
            st.session_state[_SAVED] = True
            st.rerun()
