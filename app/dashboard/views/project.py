"""One project: only its usage, what is routed to it, and what can be done with it."""

from collections.abc import Sequence

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.figure_cache import freshness_of
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.page_list import MAPPING
from app.dashboard.selector_words import selector_title
from app.dashboard.views.budget_line import show_budget_line
from app.dashboard.views.exports import show_exports
from app.dashboard.views.overview_notes import note_stalled, reach
from app.dashboard.views.project_acts import show_acts
from app.dashboard.views.usage_choices import choice_row, period_choice, provider_choice, switch_project
from app.dashboard.views.usage_report import SERIES_OF_PROJECT, show_usage
from app.dashboard.views.waiting import wait_for_build
from app.telemetry.usage_filter import UsageFilter
from core.ids import database_key, public_id
from ingestion.connections import list_connections
from ingestion.projects import list_projects
from ingestion.routes import Route, list_routes


def show(person: Principal) -> None:
    """Somebody else's project is as unknown as one that does not exist, or an address that names none."""
    database = serving.context().database
    projects = list_projects(database, person.org_id)
    wanted = database_key("proj", address.in_address("id") or "")
    project = next((project for project in projects if project.id == wanted), None)
    if project is None:
        fragments.show("no_project.html")
        return
    freshness = freshness_of(person.org_id)
    fragments.show("project_heading.html", project=project, aside=reach(freshness))
    note_stalled(freshness)
    show_budget_line(person, project.id)
    with choice_row():
        period = period_choice()
        only = UsageFilter(provider=provider_choice(), project_id=project.id)
        switch_project(projects)
        show_exports(period, only)
        if "projects:write" in acts_of(person):
            show_acts(person, project, kind="secondary")
    routes = [
        route
        for route in list_routes(database, person.org_id, now=serving.context().clock.now())
        if route.workload.project_id == project.id
    ]
    feeding = {route.connection_id for route in routes}
    connections = [each for each in list_connections(database, person.org_id) if each.id in feeding]
    if freshness.built_at is None or not show_usage(
        person, period, only, freshness=freshness, connections=connections, series=SERIES_OF_PROJECT
    ):
        wait_for_build(built_at=freshness.built_at)
    _routes(routes)


def _routes(routes: Sequence[Route]) -> None:
    fragments.show(
        "routes.html",
        rows=[
            (
                route,
                PROVIDER_NAMES[route.provider],
                selector_title(route.workload.selector, route.provider),
                address.link(MAPPING.path, connection=public_id("conn", route.connection_id)),
            )
            for route in routes
        ],
        now=serving.context().clock.now(),
    )
