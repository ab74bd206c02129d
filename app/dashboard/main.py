"""The dashboard's script: Streamlit runs it from top to bottom for each visit and each click."""

from pathlib import Path

import streamlit as st

from app.dashboard import page_list
from app.dashboard.sidebar import show_sidebar
from app.dashboard.views import (
    accuracy,
    billing,
    billing_period,
    connections,
    corrections,
    credit_pool,
    mapping,
    members,
    methodology,
    overview,
    project,
    projects,
    receipt,
    receipts,
    upgrade,
)
from app.dashboard.visitor import visitor

HERE = Path(__file__).parent

st.set_page_config(page_title="CarbonLedger", page_icon=str(HERE / "leaf.svg"), layout="wide")
st.html(HERE / "style.css")

person = visitor()
page = st.navigation(
    [
        st.Page(
            show,
            title=entry.title,
            icon=f":material/{entry.icon}:",
            url_path=entry.path.strip("/"),
            default=entry is page_list.OVERVIEW,
            visibility="visible" if entry.is_listed else "hidden",
        )
        for entry, show in (
            (page_list.OVERVIEW, lambda: overview.show(person)),
            (page_list.PROJECTS, lambda: projects.show(person)),
            (page_list.PROJECT, lambda: project.show(person)),
            (page_list.CONNECTIONS, lambda: connections.show(person)),
            (page_list.MAPPING, lambda: mapping.show(person)),
            (page_list.CORRECTIONS, lambda: corrections.show(person)),
            (page_list.BILLING, lambda: billing.show(person)),
            (page_list.PERIOD, lambda: billing_period.show(person)),
            (page_list.UPGRADE, lambda: upgrade.show(person)),
            (page_list.CREDIT_POOL, lambda: credit_pool.show(person)),
            (page_list.RECEIPTS, lambda: receipts.show(person)),
            (page_list.RECEIPT, lambda: receipt.show(person)),
            (page_list.MEMBERS, lambda: members.show(person)),
            (page_list.ACCURACY, lambda: accuracy.show(person)),
            (page_list.METHODOLOGY, lambda: methodology.show(person)),
        )
    ]
)
show_sidebar(person)
page.run()
