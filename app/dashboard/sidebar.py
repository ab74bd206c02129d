"""The side of every page: whose ledger this is, and the way out."""

from pathlib import Path

import streamlit as st

from app.accounts.me import who_am_i
from app.accounts.principal import Principal
from app.dashboard import fragments, serving

HERE = Path(__file__).parent


def show_sidebar(person: Principal) -> None:
    me = who_am_i(serving.context().database, person)
    st.logo(HERE / "wordmark.svg", icon_image=HERE / "leaf.svg", size="large")
    with st.sidebar:
        fragments.show(
            "sidebar.html",
            organization=me.organization.name,
            email=me.email,
            role=person.role,
            tier=me.organization.tier,
        )
