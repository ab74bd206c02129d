"""The overview, the projects page and one project beside an empty Streamlit page, and the summary by project beside an
empty route: one organization with 200 projects.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.load import Latencies, measure
from bench.page_loads import PageSeconds, PageToLoad, chromium, page_seconds
from bench.processes import free_port, running
from bench.usage_rows import Shape, fill
from core.clock import SystemClock, floor_to_hour
from core.database import Database, database_urls, fetch_one
from core.ids import database_key, public_id
from core.settings import Settings, child_environment
from warehouse.build import build

PROJECTS = 200
LOADS = 7
REQUESTS_EACH = 20


@dataclass(frozen=True, slots=True)
class PagesMeasured:
    """By the name of the page, and by what the summary was asked; the first of each is the empty one."""

    pages: dict[str, PageSeconds]
    answers: dict[str, Latencies]


def pages_measured(home: Path, *, rows: int) -> PagesMeasured:
    """With `rows` usage rows that end this hour, built, 200 provider projects mapped to as many projects."""
    port, empty_page, empty_route = free_port(), free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    settings = Settings(home=home, public_url=url)
    environment = child_environment(settings)
    streamlit = ["streamlit", "run", "bench/empty_page.py", f"--server.port={empty_page}", "--server.address=127.0.0.1",
                 "--server.headless=true", "--browser.gatherUsageStats=false", "--logger.level=error"]  # fmt: skip
    uvicorn = ["uvicorn", "bench.empty_route:app", "--port", str(empty_route), "--log-level", "warning"]
    with (
        running(["bench.dashboard", str(port)], environment=environment, answers_at=f"{url}/health/live"),
        running(streamlit, environment=environment, answers_at=f"http://127.0.0.1:{empty_page}/"),
        running(uvicorn, environment=environment, answers_at=f"http://127.0.0.1:{empty_route}/empty"),
    ):
        cookie, headers, project_id = _an_organization(settings, rows=rows)
        pages = _pages(url, f"http://127.0.0.1:{empty_page}/", project_id)
        with chromium() as browser:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookie.items()])
            loaded = page_seconds(context, pages, loads=LOADS)
        month = f"{url}/v1/telemetry/summary?start={_days_ago(29)}"
        asked = {
            "empty FastAPI route": f"http://127.0.0.1:{empty_route}/empty",
            "summary, 30 days by project": f"{month}&group_by=project",
            "summary, 30 days of one project by day and model": f"{month}&group_by=day,model&project_id={project_id}",
        }
        answers = {name: measure(each, headers=headers, requests_each=REQUESTS_EACH) for name, each in asked.items()}
    return PagesMeasured({page.name: seconds for page, seconds in zip(pages, loaded, strict=True)}, answers)


def _pages(url: str, empty: str, project_id: str) -> list[PageToLoad]:
    chart = ".st-key-daily canvas, .st-key-daily .vega-embed svg"
    total = "[data-figure=co2e] .cl-total"
    return [
        PageToLoad("empty Streamlit page", lambda _: empty, "#loaded", "#loaded"),
        PageToLoad("overview", lambda number: f"{url}/?{_period(number)}", total, chart),
        PageToLoad(
            "projects",
            lambda number: f"{url}/projects?{_period(number)}",
            ".cl-project-name",
            ":nth-match([data-project] .cl-spark, 24)",
        ),
        PageToLoad("one project", lambda number: f"{url}/project?id={project_id}&{_period(number)}", total, chart),
    ]


def _period(number: int) -> str:
    """About 30 days, other ones in each round: what pages keep for a minute is no use then."""
    return f"period=custom&from={_days_ago(29 - number)}&to={_days_ago(0)}"


def _days_ago(days: int) -> str:
    return (SystemClock().now() - timedelta(days=days)).date().isoformat()


def _an_organization(settings: Settings, *, rows: int) -> tuple[dict[str, str], dict[str, str], str]:
    """Its owner's cookie, an API key's headers, and the id of one of its projects."""
    with httpx.Client(base_url=settings.public_url, headers={"Origin": settings.public_url}, timeout=60) as client:
        person = {"email": "bench@example.com", "password": "a long bench password", "organization": "Bench"}
        client.post("/auth/signup", json=person).raise_for_status()
        cookie = dict(client.cookies.items())
        org_id = database_key("org", client.get("/v1/me").raise_for_status().json()["organization"]["id"])
        key = client.post("/v1/api-keys", json={"name": "bench", "scopes": ["read"]}).raise_for_status().json()["key"]
    assert org_id is not None
    shape = Shape.until(floor_to_hour(SystemClock().now()), rows=rows, project_ids=PROJECTS)
    with Database(database_urls(settings)) as database:
        account_id = fill(database, org_id=org_id, rows=rows, shape=shape)
        project_id = _map(database, org_id, account_id)
        build(database, clock=SystemClock())
        with database.owner() as connection:
            connection.execute("analyze")
    return cookie, {"Authorization": f"Bearer {key}"}, public_id("proj", project_id)


def _map(database: Database, org_id: int, account_id: int) -> int:
    """A project for each of the provider's, from the beginning; the id of the last."""
    with database.worker() as connection:
        connection.execute(
            "insert into ops.projects (org_id, name, created_at)"
            " select %s, 'Project ' || number, %s from generate_series(1, %s) as number",
            [org_id, datetime(2026, 1, 1, tzinfo=UTC), PROJECTS],
        )
        connection.execute(
            "insert into ops.workloads (org_id, account_id, selector_kind, selector_value, project_id, in_force,"
            " created_at) select org_id, %s, 'project', 'proj_' || (row_number() over (order by id) - 1), id, '(,)',"
            " created_at from ops.projects where org_id = %s and not is_default",
            [account_id, org_id],
        )
        project_id: int = fetch_one(connection, "select max(id) as id from ops.projects where org_id = %s", [org_id])[
            "id"
        ]
    return project_id
