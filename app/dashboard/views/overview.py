"""The overview: how much CO2e, of what, when, how sure, and what is missing."""

import streamlit as st

from app.accounts.me import who_am_i
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.charts import daily_chart, daily_parts, legend
from app.dashboard.figure_cache import classes_of, freshness_of, summary_of
from app.dashboard.figures import figures, series_name
from app.dashboard.instants import Period
from app.dashboard.views.overview_choices import choices
from app.dashboard.views.overview_notes import (
    note_flagged_models,
    note_left_out,
    note_short_history,
    note_stalled,
    reach,
)
from app.dashboard.views.waiting import wait_for_build
from app.telemetry.freshness import Freshness
from app.telemetry.grouping import GroupBy
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from ingestion.connections import list_connections

SERIES = {"Model": GroupBy.MODEL, "Provider": GroupBy.PROVIDER, "Project": GroupBy.PROJECT}
NO_BILLING = (
    "Paid plans are not open on this server yet. Your usage keeps being measured, and a plan can start with any month "
    "that follows."
)


def show(person: Principal) -> None:
    freshness = freshness_of(person.org_id)
    connections = list_connections(serving.context().database, person.org_id)
    if not connections and not _has_history(person, freshness):
        fragments.show("empty.html")
        return
    fragments.show("heading.html", title="Overview", aside=reach(freshness))
    note_stalled(freshness)
    if freshness.built_at is None:
        wait_for_build(built_at=None)
        return
    period, only = choices(person)
    by_model = summary_of(person.org_id, period, (GroupBy.PROVIDER, GroupBy.MODEL), only, freshness.built_at)
    if by_model.totals.usage_rows == 0:
        wait_for_build(built_at=freshness.built_at)
        return
    shown = figures(by_model, classes_of(person.org_id, freshness.built_at), period_text=period.text)
    fragments.show("hero.html", figures=shown)
    note_short_history(connections, period)
    _daily(person, period, only, freshness)
    left, right = st.columns(2, gap="small")
    with left:
        fragments.show("counters.html", figures=shown)
    with right:
        fragments.show("emitters.html", figures=shown)
    note_flagged_models(by_model)
    note_left_out(by_model)
    fragments.show("models.html", figures=shown)
    _receipts(person)


def _has_history(person: Principal, freshness: Freshness) -> bool:
    """Whether a year has anything to show: usage outlives the connections that it was read with."""
    if freshness.built_at is None:
        return False
    year = Period.last_days(365, now=serving.context().clock.now())
    return summary_of(person.org_id, year, (), EVERYTHING, freshness.built_at).totals.usage_rows > 0


def _daily(person: Principal, period: Period, only: UsageFilter, freshness: Freshness) -> None:
    with st.container(border=True, key="daily"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown("##### CO2e by day (UTC)")
            picked = st.segmented_control(
                "Stack by", list(SERIES), default="Model", required=True, key="series", label_visibility="collapsed"
            )
        series = SERIES[picked or "Model"]
        by_day = summary_of(person.org_id, period, (GroupBy.DAY, series), only, freshness.built_at)
        parts = daily_parts(by_day, name_of=lambda row: series_name(row, series))
        if parts:
            fragments.show("legend.html", legend=legend(parts))
            st.altair_chart(daily_chart(parts, period), width="stretch", theme=None)
        else:
            st.caption("Nothing of this selection is estimated.")


def _receipts(person: Principal) -> None:
    """The free plan's place for receipts: what a paid plan adds, and the way there."""
    if who_am_i(serving.context().database, person).organization.tier != "free":
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="receipts"):
        fragments.show("receipts.html")
        if st.button("Upgrade to offset", type="primary", key="upgrade"):
            _explain_upgrade()


@st.dialog("Upgrade to offset")
def _explain_upgrade() -> None:
    st.write(NO_BILLING)
