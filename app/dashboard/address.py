"""Choices that live in the page's address: a view can be reloaded, shared, and gone back to.

A widget's value is its option as the address writes it (text); an option that is the default is not written.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

_KEPT = "kept-for-address"


def in_address(name: str) -> str | None:
    return st.query_params.get(name)


def number_in_address(name: str) -> int | None:
    """A database id; None where the address has none."""
    written = in_address(name) or ""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None


def follow(name: str, *, allowed: Mapping[str, str], default: str) -> str:
    """Before a widget with this key: what the address says becomes its value, if the address is news to it.

    The key of the widget. An option that is not allowed counts as the default.
    """
    written = in_address(name) or default
    value = st.session_state.get(name)
    if st.session_state.get(f"{name}-in-address") != written or value not in allowed:
        value = written if written in allowed else default
    # Each time, also if it is the same: a browser that has not drawn the widget yet when the next run draws over it
    # would take its first option, and answer with that.
    st.session_state[name] = value
    return name


def keep(name: str, value: str, *, default: str) -> str:
    """After the widget: the address is to say what it holds. The value again."""
    st.session_state[f"{name}-in-address"] = value
    st.session_state.setdefault(_KEPT, {})[name] = "" if value == default else value
    return value


def write() -> None:
    """After all widgets: the address says what they hold. At once, for each change is a step of the browser's way back.

    Must come before the page ends or is drawn anew.
    """
    present = st.query_params.to_dict()
    kept: dict[str, str] = st.session_state.pop(_KEPT, {})
    wanted = {name: value for name, value in (present | kept).items() if value}
    if wanted != present:
        st.query_params.from_dict(wanted)


def link(path: str, /, **parameters: str | None) -> str:
    """A page's address with those parameters that have a value, whatever they are called."""
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def carried(*names: str) -> dict[str, str]:
    """Those of the parameters that the address has, to go along to another page."""
    return {name: st.query_params[name] for name in names if name in st.query_params}
