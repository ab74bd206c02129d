"""The overview, the projects page and one project beside an empty Streamlit page, and the summary by project beside an
empty route: one organization with 200 projects.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.large_organization import large_organization
from bench.load import Latencies, in_turn
from bench.page_loads import PageSeconds, PageToLoad, chromium, page_seconds
from bench.processes import free_port, running
from core.clock import SystemClock
from core.settings import Settings, child_environment

LOADS = 7
REQUESTS_EACH = 10
ROUNDS = 2


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
        asked_about = large_organization(settings, rows=rows)
        project_id = asked_about.project_id
        pages = _pages(url, f"http://127.0.0.1:{empty_page}/", project_id)
        with chromium() as browser:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies(
                [{"name": name, "value": value, "url": url} for name, value in asked_about.cookie.items()]
            )
            loaded = page_seconds(context, pages, loads=LOADS)
        month = f"{url}/v1/telemetry/summary?start={_days_ago(29)}"
        asked = {
            "empty FastAPI route": f"http://127.0.0.1:{empty_route}/empty",
            "summary, 30 days by project": f"{month}&group_by=project",
            "summary, 30 days of one project by day and model": f"{month}&group_by=day,model&project_id={project_id}",
        }
        each = {name: [url] for name, url in asked.items()}
        answers = in_turn(each, headers=asked_about.headers, requests_each=REQUESTS_EACH, rounds=ROUNDS)
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
