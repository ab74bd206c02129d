"""The dashboard's script: Streamlit runs it from top to bottom for each visit and each click."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import streamlit as st

from app.dashboard import page_list, palette
from app.dashboard.sidebar import show_sidebar
from app.dashboard.theme import ROOT_FOLLOWS
from app.dashboard.visitor import visitor

HERE = Path(__file__).parent
ABOUT = "CarbonLedger: what your AI usage emits, how sure that is, and where each number comes from."

# With an entry of ours the menu is shown, and in it the choice of light or dark; until then the system's counts.
st.set_page_config(
    page_title="CarbonLedger", page_icon=str(HERE / "leaf.svg"), layout="wide", menu_items={"About": ABOUT}
)
st.html(f"<style>{palette.style()}{(HERE / 'style.css').read_text()}</style>")

person = visitor()


def page_of(entry: page_list.PageEntry) -> st.Page:
    return st.Page(
        view_of(entry),
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.path.strip("/"),
        default=entry is page_list.OVERVIEW,
        visibility="visible" if entry.is_listed else "hidden",
    )


def view_of(entry: page_list.PageEntry) -> Callable[[], None]:
    """Its module is loaded when the page is shown, and long before by the server's warm-up."""
    return lambda: import_module(entry.view).show(person)


page = st.navigation(
    {heading: [page_of(entry) for entry in entries] for heading, entries in page_list.SECTIONS.items()}, expanded=True
)
show_sidebar(person)
st.sidebar.html(ROOT_FOLLOWS, unsafe_allow_javascript=True)
page.run()
