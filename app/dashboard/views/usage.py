"""The usage explorer: any two dimensions, one measure, its chart, and the exact table behind it, as a file too."""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.figure_cache import classes_of, freshness_of, summary_of
from app.dashboard.gathered_parts import gathered
from app.dashboard.instants import Period
from app.dashboard.usage_charts import usage_chart
from app.dashboard.usage_figures import UsageFigures, totals_of, usage_figures
from app.dashboard.usage_table import usage_table
from app.dashboard.usage_view import DIMENSIONS, MEASURES, TIMES, UsageView, title_of
from app.dashboard.views.exports import FORMATS, export_address
from app.dashboard.views.overview_notes import note_flagged_models, note_left_out, note_stalled, reach
from app.dashboard.views.usage_choices import (
    choice_row,
    connection_choice,
    period_choice,
    project_choice,
    provider_choice,
)
from app.dashboard.views.view_choices import model_choice, page_choice, view_choice
from app.dashboard.views.waiting import wait_for_build
from app.telemetry.grouping import GroupBy
from app.telemetry.summary import Summary, TooManyRowsError
from app.telemetry.time_span import InvalidTimeRangeError
from app.telemetry.usage_filter import UsageFilter
from ingestion.connections import list_connections
from ingestion.projects import list_projects


def show(person: Principal) -> None:
    freshness = freshness_of(person.org_id)
    fragments.show("heading.html", title="Usage", aside=reach(freshness))
    note_stalled(freshness)
    if freshness.built_at is None:
        wait_for_build(built_at=None)
        return
    with choice_row():
        period, only = _filters(person, freshness.built_at)
        view = view_choice()
        number = page_choice(period, only, view)
    exports = {label: _file(ending, period, only, view) for ending, label in FORMATS.items()}
    totals = summary_of(person.org_id, period, (), only, freshness.built_at)
    if totals.totals.usage_rows == 0:
        wait_for_build(built_at=freshness.built_at)
        return
    try:
        found = summary_of(person.org_id, period, view.group_by, only, freshness.built_at, view.sort)
    except (InvalidTimeRangeError, TooManyRowsError) as error:
        _too_much(error.sentence, totals, view, exports)
    else:
        figures = usage_figures(found, view)
        _chart(figures, view, period)
        table = usage_table(figures, view, number=number, asked=st.query_params.to_dict(), exports=exports)
        fragments.show("usage_table.html", table=table, period=period.text)
    note_flagged_models(totals)
    note_left_out(totals)


def _filters(person: Principal, built_at: datetime) -> tuple[Period, UsageFilter]:
    database = serving.context().database
    period = period_choice()
    provider = provider_choice()
    project_id = project_choice(list_projects(database, person.org_id))
    connection_id = connection_choice(list_connections(database, person.org_id), provider=provider)
    model = model_choice(classes_of(person.org_id, built_at), provider=provider)
    return period, UsageFilter(provider=provider, model=model, project_id=project_id, connection_id=connection_id)


def _chart(figures: UsageFigures, view: UsageView, period: Period) -> None:
    with st.container(border=True, key="daily"):
        by = f" and {DIMENSIONS[figures.series_by].lower()}" if figures.series_by else ""
        fragments.show("chart_title.html", title=f"{_measure(view)} by {DIMENSIONS[figures.axis].lower()}{by}")
        if not figures.parts:
            st.caption("Nothing of this selection is estimated or reported in this measure.")
            return
        shown = gathered(figures.parts, is_over_time=figures.axis in TIMES)
        if figures.series_by:
            fragments.show("legend.html", legend=shown.legend)
        chart = usage_chart(shown, axis=figures.axis, column=view.column, period=period)
        st.altair_chart(chart, width="stretch", theme=None)
        if figures.axis is GroupBy.HOUR:
            st.caption("What a provider reports by the day stands at 00:00.")


def _measure(view: UsageView) -> str:
    name = MEASURES[view.measure]
    return f"{name} ({view.bound} estimate)" if view.column != view.measure else name


def _too_much(sentence: str, totals: Summary, view: UsageView, exports: Mapping[str, str]) -> None:
    """Instead of rows: why there are none, what they add up to, and the files, which have them all."""
    titles = [title_of(column) for column in view.columns]
    fragments.show(
        "usage_too_much.html", sentence=sentence, titles=titles, totals=totals_of(totals, view), exports=exports
    )


def _file(ending: str, period: Period, only: UsageFilter, view: UsageView) -> str:
    sort = view.sort.text if view.sort else None
    return export_address(f"summary.{ending}", period, only, group_by=",".join(view.group_by), sort=sort)
