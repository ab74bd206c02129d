"""The controls of the usage page's table and chart: dimensions, measure, page. In the address, as the filters are."""

from collections.abc import Mapping

import streamlit as st

from app.dashboard import address
from app.dashboard.instants import Period
from app.dashboard.usage_view import BOUNDS, DIMENSIONS, ESTIMATED, MEASURES, UsageView, view_of
from app.telemetry.grouping import GroupBy
from app.telemetry.usage_filter import UsageFilter

ALL = ""
NOTHING = "none"
"""Written out, for without a word in the address a second dimension has its default."""
_LONGEST_MODEL = 300


def view_choice() -> UsageView:
    """What is picked. The order comes from the address: the table's headings are links."""
    first = _one_of("by", "Group by", DIMENSIONS, default=GroupBy.DAY)
    others = {NOTHING: "Nothing else"} | {name: title for name, title in DIMENSIONS.items() if name != first}
    usual = GroupBy.MODEL if first != GroupBy.MODEL else NOTHING
    second = _one_of("and", "and by", others, default=usual)
    measure = _one_of("measure", "Measure", MEASURES, default="co2e_grams", width=210)
    bound = "central"
    if measure in ESTIMATED:
        bound = _one_of("bound", "Estimate", BOUNDS, default=bound, width=130)
    else:
        address.keep("bound", "", default="")
    group_by = [GroupBy(name) for name in (first, second) if name != NOTHING]
    return view_of(group_by, measure=measure, bound=bound, sort=address.in_address("sort"))


def model_choice(classes: Mapping[tuple[str, str | None], object], *, provider: str | None) -> str | None:
    """The model that is picked, None for all: of those that were used, of the provider if one is picked.

    A model of the address is an option even so: a view may have been shared before it was used, and shows nothing.
    """
    used = sorted({model for of, model in classes if model and provider in (None, of)})
    written = (address.in_address("model") or "")[:_LONGEST_MODEL].replace("\x00", "")
    names = {ALL: "All"} | {model: model for model in [*used, *([written] if written else [])]}
    return _one_of("model", "Model", names, default=ALL, width=200) or None


def page_choice(period: Period, only: UsageFilter, view: UsageView) -> int:
    """The page of the table that the address asks for; the first one again once something else is picked."""
    picked = (period, only, view)
    before = st.session_state.get("usage-picked")
    st.session_state["usage-picked"] = picked
    written = address.in_address("page") or ""
    if not (written.isascii() and written.isdigit() and len(written) < 6) or before not in (None, picked):
        address.keep("page", "", default="")
        return 1
    return max(1, int(written))


def _one_of(name: str, label: str, options: Mapping[str, str], *, default: str, width: int = 150) -> str:
    key = address.follow(name, allowed=options, default=default)
    picked = st.selectbox(label, list(options), format_func=options.__getitem__, key=key, width=width)
    return address.keep(name, picked, default=default)
