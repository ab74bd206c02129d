"""The controls of pages that show usage: which days, of which provider, project and connection. All in the address."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import streamlit as st

from app.dashboard import address, fragments, serving
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.instants import Period
from core.ids import database_key, public_id
from ingestion.connection_view import ConnectionView
from ingestion.projects import ProjectView

PERIODS = {"7d": "7 days", "30d": "30 days", "90d": "90 days", "custom": "Custom"}
DEFAULT = "30d"
ALL = ""
EARLIEST = date(2000, 1, 1)
"""No provider tells of usage before it; and there are days before it to compare with."""


@contextmanager
def choice_row() -> Iterator[None]:
    """Where a page's controls stand: in a row that wraps. At its end the address says what is picked."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        yield
    address.write()


def period_choice() -> Period:
    now = serving.context().clock.now()
    key = address.follow("period", allowed=PERIODS, default=DEFAULT)
    picked = st.segmented_control(
        "Period (UTC days)", list(PERIODS), format_func=PERIODS.__getitem__, required=True, key=key
    )
    picked = address.keep("period", picked or DEFAULT, default=DEFAULT)
    if picked == "custom":
        return _custom(now.date())
    for name in ("from", "to"):
        address.keep(name, "", default="")
    return Period.last_days(int(picked.removesuffix("d")), now=now)


def provider_choice() -> str | None:
    names = {ALL: "All"} | PROVIDER_NAMES
    key = address.follow("provider", allowed=names, default=ALL)
    picked = st.selectbox("Provider", list(names), format_func=names.__getitem__, key=key, width=150)
    return address.keep("provider", picked, default=ALL) or None


def project_choice(projects: Sequence[ProjectView]) -> int | None:
    """The project that is picked, None for all. One in the address that is not theirs ends the page with that news."""
    names = told_apart({ALL: "All"} | project_names(projects))
    written = address.in_address("project")
    if written and written not in names:
        fragments.show("no_project.html")
        st.stop()
    key = address.follow("project", allowed=names, default=ALL)
    picked = st.selectbox("Project", list(names), format_func=names.__getitem__, key=key, width=200)
    return database_key("proj", address.keep("project", picked, default=ALL))


def connection_choice(connections: Sequence[ConnectionView], *, provider: str | None) -> int | None:
    """The connection that is picked, None for all; those of another provider than the one picked are not offered.

    One in the address that is not theirs, or not any more, ends the page with that news.
    """
    known = {public_id("conn", each.id) for each in connections}
    written = address.in_address("connection")
    if written and written not in known:
        fragments.show("no_connection.html")
        st.stop()
    offered = [each for each in connections if provider in (None, each.provider)]
    names = told_apart({ALL: "All"} | {public_id("conn", each.id): each.label for each in offered})
    key = address.follow("connection", allowed=names, default=ALL)
    picked = st.selectbox("Connection", list(names), format_func=names.__getitem__, key=key, width=200)
    return database_key("conn", address.keep("connection", picked, default=ALL))


def switch_project(projects: Sequence[ProjectView]) -> None:
    """The project that the page is about; picking another one turns to that one's page."""
    names = project_names(projects)
    shown = address.in_address("id") or ""
    key = address.follow("id", allowed=names, default=shown)
    picked = st.selectbox("Project", list(names), format_func=names.__getitem__, key=key, width=220)
    if address.keep("id", picked, default="") != shown:
        address.write()
        st.rerun()


def project_names(projects: Sequence[ProjectView]) -> dict[str, str]:
    """Public id -> name, archived ones last and named so."""
    ordered = sorted(projects, key=lambda project: project.archived_at is not None)
    return told_apart(
        {
            public_id("proj", project.id): f"{project.name} (archived)" if project.archived_at else project.name
            for project in ordered
        }
    )


def told_apart(labels: Mapping[str, str]) -> dict[str, str]:
    """Public id -> label, with the id behind labels that others have as well.

    A select box knows its options by their labels: of two that look the same Streamlit always gives the last.
    """
    often = Counter(labels.values())
    return {name: f"{label} ({name})" if name and often[label] > 1 else label for name, label in labels.items()}


def _custom(today: date) -> Period:
    written = (address.in_address("from"), address.in_address("to"))
    first, last = _date_of(written[0]), _date_of(written[1])
    if first is None or last is None or not EARLIEST <= first <= last <= today:
        first, last = today - timedelta(days=29), today
    # Another picker for another address: its value is then what the address says.
    dates = st.date_input(
        "First and last day", (first, last), min_value=EARLIEST, max_value=today, key=f"dates-{written}", width=230
    )
    # While the visitor has picked the first day only, the picker holds one date.
    if isinstance(dates, tuple) and len(dates) == 2:
        first, last = dates
    address.keep("from", first.isoformat(), default="")
    address.keep("to", last.isoformat(), default="")
    return Period.of_dates(first, last)


def _date_of(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
