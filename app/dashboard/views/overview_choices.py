"""The overview's controls: which days, of which provider, of which project."""

import streamlit as st

from app.accounts.principal import Principal
from app.dashboard import serving
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.instants import Period
from app.telemetry.usage_filter import UsageFilter
from ingestion.projects import list_projects

PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90}
DEFAULT = "30 days"
CUSTOM = "Custom"


def choices(person: Principal) -> tuple[Period, UsageFilter]:
    """What the visitor has picked; 30 days of everything at first."""
    projects = {project.name: project.id for project in list_projects(serving.context().database, person.org_id)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        period = _period()
        provider = st.selectbox(
            "Provider", [None, *PROVIDER_NAMES], format_func=lambda name: PROVIDER_NAMES.get(name, "All"), width=170
        )
        project = st.selectbox("Project", [None, *projects], format_func=lambda name: name or "All", width=200)
    return period, UsageFilter(provider=provider, project_id=None if project is None else projects[project])


def _period() -> Period:
    now = serving.context().clock.now()
    picked = st.segmented_control("Period (UTC days)", [*PERIODS, CUSTOM], default=DEFAULT, required=True, key="period")
    period = Period.last_days(PERIODS.get(picked or DEFAULT, PERIODS[DEFAULT]), now=now)
    if picked != CUSTOM:
        return period
    dates = st.date_input(
        "First and last day", (period.start.date(), now.date()), max_value=now.date(), key="dates", width=230
    )
    # While the visitor has picked the first day only, the picker holds one date.
    return Period.of_dates(*dates) if isinstance(dates, tuple) and len(dates) == 2 else period
