"""Widgets that are as new after an act: a popover shut, a choice empty. The browser keeps what it knows by key."""

import streamlit as st


def key_of_round(name: str) -> str:
    """A widget's key that is another one after `begin_round`."""
    return f"{name}-{st.session_state.get('round', 0)}"


def begin_round() -> None:
    st.session_state["round"] = st.session_state.get("round", 0) + 1
