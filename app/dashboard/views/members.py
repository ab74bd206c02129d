"""Members, API keys and notification targets: who may see this ledger, which programs, and where it tells of itself."""

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments
from app.dashboard.views.api_key_section import show_api_keys
from app.dashboard.views.member_section import show_members
from app.dashboard.views.target_section import show_targets


def show(person: Principal) -> None:
    fragments.show("heading.html", title="Members & API keys", aside=None)
    show_members(person)
    if "api_keys:read" in acts_of(person):
        show_api_keys(person)
    else:
        st.caption("API keys and notification targets are managed by owners and admins.")
    if "notifications:write" in acts_of(person):
        show_targets(person)
