"""The way from a button to another page, ours or Stripe's: the browser goes there, and a link stands by meanwhile."""

import streamlit as st

from app.dashboard import fragments


def leave_for(url: str, *, where: str) -> None:
    """`url` is a path of ours or what Stripe answered; it is written as a string of the script, whatever it holds."""
    st.html(fragments.markup("going_on.html", url=url, where=where), unsafe_allow_javascript=True)
