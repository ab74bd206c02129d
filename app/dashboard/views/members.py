"""Members and API keys: who may see this ledger, and which programs."""

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments
from app.dashboard.views.api_key_section import show_api_keys
from app.dashboard.views.member_section import show_members


def show(person: Principal) -> None:
    fragments.show("heading.html", title="Members & API keys", aside=None)
    show_members(person)
    if "api_keys:read" in acts_of(person):
        show_api_keys(person)
    else:
        st.caption("API keys are managed by owners and admins.")
