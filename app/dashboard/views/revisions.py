"""Revised usage: what providers changed of a bucket after it was first read, before and after, the last seen first."""

from decimal import Decimal

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.figure_cache import freshness_of
from app.dashboard.instants import Period
from app.dashboard.page_list import ACCURACY, CONNECTIONS, REVISIONS
from app.dashboard.revision_figures import position_of, revision_figure, written_position
from app.dashboard.views.overview_notes import reach
from app.dashboard.views.usage_choices import EARLIEST, choice_row, connection_choice, period_choice
from app.telemetry.revisions import revision_page, revision_totals
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.units import scaled_by_a_millionth
from ingestion.connections import list_connections

PAGE_ROWS = 50


def show(person: Principal) -> None:
    database = serving.context().database
    connections = list_connections(database, person.org_id)
    fragments.show("heading.html", title="Revised usage", aside=reach(freshness_of(person.org_id)))
    if not connections and not _has_history(person):
        fragments.show(
            "no_page.html",
            title="Nothing is read yet",
            sentence="Once an account is connected, what its provider changes of hours that were read is listed here.",
            link=CONNECTIONS.path,
            link_text="Connections",
        )
        return
    with choice_row():
        period = period_choice()
        only = UsageFilter(connection_id=connection_choice(connections, provider=None))
    _list(person, period, only)


def _has_history(person: Principal) -> bool:
    """Whether any provider ever changed anything: what was read outlives the connections that it was read with."""
    context = serving.context()
    ever = Period.of_dates(EARLIEST, context.clock.now().date())
    seen = TimeSpan(ever.start, ever.end)
    return revision_totals(context.database, person.org_id, seen=seen).revisions > 0


def _list(person: Principal, period: Period, only: UsageFilter) -> None:
    database = serving.context().database
    seen = TimeSpan(period.start, period.end)
    after = position_of(address.in_address("after"))
    totals = revision_totals(database, person.org_id, seen=seen, only=only)
    page = revision_page(database, person.org_id, seen=seen, limit=PAGE_ROWS, after=after, only=only)
    choices = address.carried("period", "from", "to", "connection")
    older = None if page.next_after is None else written_position(page.next_after)
    fragments.show(
        "revisions.html",
        period=period.text,
        totals=totals,
        grams=Decimal(scaled_by_a_millionth(totals.co2e_micrograms)),
        rows=[revision_figure(row) for row in page.rows],
        first=None if after is None else address.link(REVISIONS.path, **choices),
        older=older and address.link(REVISIONS.path, **choices, after=older),
        accuracy=ACCURACY.path,
    )
    if not page.rows:
        st.caption("Providers count late and correct themselves: when one does, the hour is listed here.")
