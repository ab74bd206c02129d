"""The side of every page: whose ledger this is, and the way out."""

from pathlib import Path

import streamlit as st

from app.accounts.me import who_am_i
from app.accounts.notices import MOST_COUNTED, count_unread
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.page_list import NOTICES

HERE = Path(__file__).parent


def show_sidebar(person: Principal) -> None:
    database = serving.context().database
    me = who_am_i(database, person)
    unread = count_unread(database, person)
    st.logo(HERE / "wordmark.svg", icon_image=HERE / "leaf.svg", size="large")
    with st.sidebar:
        fragments.show(
            "sidebar.html",
            organization=me.organization.name,
            email=me.email,
            role=person.role,
            tier=me.organization.tier,
            unread=f"{unread} or more" if unread == MOST_COUNTED else str(unread),
            notices=NOTICES.path,
        )
