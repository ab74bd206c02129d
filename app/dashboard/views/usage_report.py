"""The figures of a selection of usage: totals, by day, by kind of token, by model. Of the overview and of a project."""

from collections.abc import Mapping

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import fragments
from app.dashboard.chart_table import daily_table
from app.dashboard.charts import daily_chart, daily_parts, legend
from app.dashboard.equivalence_figures import equivalence_figures
from app.dashboard.figure_cache import classes_of, summary_of
from app.dashboard.figures import figures, series_name
from app.dashboard.instants import Period
from app.dashboard.views.overview_notes import note_flagged_models, note_left_out, note_short_history
from app.dashboard.views.usage_change import show_change
from app.telemetry.freshness import Freshness
from app.telemetry.grouping import GroupBy
from app.telemetry.summary import TooManyRowsError
from app.telemetry.usage_filter import UsageFilter
from ingestion.connections import ConnectionView

SERIES = {"Model": GroupBy.MODEL, "Provider": GroupBy.PROVIDER, "Project": GroupBy.PROJECT}
DEFAULT_SERIES = "Model"
SERIES_OF_PROJECT = {"Model": GroupBy.MODEL, "Provider": GroupBy.PROVIDER, "Connection": GroupBy.CONNECTION}


def show_usage(
    person: Principal,
    period: Period,
    only: UsageFilter,
    *,
    freshness: Freshness,
    connections: list[ConnectionView],
    series: Mapping[str, GroupBy],
) -> bool:
    """Whether there is any. `connections` are named where their history is shorter than the period."""
    by_model = summary_of(person.org_id, period, (GroupBy.PROVIDER, GroupBy.MODEL), only, freshness.built_at)
    if by_model.totals.usage_rows == 0:
        return False
    shown = figures(by_model, classes_of(person.org_id, freshness.built_at), period_text=period.text)
    fragments.show("hero.html", figures=shown)
    note_short_history(connections, period)
    by_day = summary_of(person.org_id, period, (GroupBy.DAY,), only, freshness.built_at)
    show_change(person, period, only, by_day=by_day, connections=connections, built_at=freshness.built_at)
    _daily(person, period, only, freshness, series)
    left, right = st.columns(2, gap="small")
    with left:
        fragments.show("counters.html", figures=shown)
    with right:
        fragments.show("emitters.html", figures=shown)
    note_flagged_models(by_model)
    note_left_out(by_model)
    if shown.co2e:
        fragments.show("equivalences.html", figures=equivalence_figures(shown.co2e))
    fragments.show("models.html", figures=shown)
    return True


def _daily(
    person: Principal, period: Period, only: UsageFilter, freshness: Freshness, series: Mapping[str, GroupBy]
) -> None:
    with st.container(border=True, key="daily"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            fragments.show("chart_title.html", title="CO2e by day (UTC)")
            picked = st.segmented_control(
                "Stack by",
                list(series),
                default=DEFAULT_SERIES,
                required=True,
                key="series",
                label_visibility="collapsed",
            )
        by = series[picked or DEFAULT_SERIES]
        try:
            by_day = summary_of(person.org_id, period, (GroupBy.DAY, by), only, freshness.built_at)
        except TooManyRowsError as error:
            st.caption(f"This chart is too large: {error.sentence}")
            return
        parts = daily_parts(by_day, name_of=lambda row: series_name(row, by))
        if parts:
            fragments.show("legend.html", legend=legend(parts))
            st.altair_chart(daily_chart(parts, period), width="stretch", theme=None)
            caption = f"CO2e by day and {(picked or DEFAULT_SERIES).lower()}, central estimate"
            fragments.show("chart_table.html", caption=caption, table=daily_table(parts))
        else:
            st.caption("Nothing of this selection is estimated.")
