"""The summary endpoint (30 days by model and day, 8 clients) beside an empty FastAPI route under the same load.

One organization with all the rows in 200 projects among a thousand. A question that was asked before and one that was
not are told apart: the server keeps answers for as long as they are true.
"""

from datetime import timedelta
from itertools import product
from pathlib import Path

from bench.large_organization import large_organization
from bench.load import CLIENTS, Latencies, in_turn
from bench.processes import free_port, running
from core.clock import SystemClock
from core.settings import Settings, child_environment

REQUESTS_EACH = 10
ROUNDS = 4
OTHERS = 999
EMPTY, AGAIN, FIRST = "empty FastAPI route", "summary, asked again", "summary, asked for the first time"
MOST_TIMES, MOST_MS = 5, 50
_GROUPED = ("model,day", "day,model", "provider,model,day", "model,provider,day", "model,day,provider")


def summary_latencies(home: Path, *, rows: int) -> dict[str, Latencies]:
    """By EMPTY, AGAIN and FIRST, with `rows` usage rows of one organization in the marts."""
    port, empty_port = free_port(), free_port()
    settings = Settings(home=home, public_url=f"http://127.0.0.1:{port}")
    environment = child_environment(settings)
    serve = ["app.cli", "serve", "--api-only", "--port", str(port)]
    empty = ["uvicorn", "bench.empty_route:app", "--port", str(empty_port), "--log-level", "warning"]
    with (
        running(serve, environment=environment, answers_at=f"{settings.public_url}/health/live"),
        running(empty, environment=environment, answers_at=f"http://127.0.0.1:{empty_port}/empty"),
    ):
        asked_about = large_organization(settings, rows=rows, others=OTHERS)
        questions = [f"{settings.public_url}/v1/telemetry/summary?{question}" for question in _questions()]
        asked = {EMPTY: [f"http://127.0.0.1:{empty_port}/empty"], AGAIN: questions[:1], FIRST: questions[1:]}
        return in_turn(asked, headers=asked_about.headers, requests_each=REQUESTS_EACH, rounds=ROUNDS)


def _questions() -> list[str]:
    """As many as are asked for, no two of them alike: 30 days that end on this day or one before, grouped this way."""
    wanted = CLIENTS * (REQUESTS_EACH + 1) * ROUNDS + 1
    tomorrow = SystemClock().now().date() + timedelta(days=1)
    days_back = range(-(-wanted // len(_GROUPED)))
    return [
        f"start={tomorrow - timedelta(days=30 + back)}&end={tomorrow - timedelta(days=back)}&group_by={grouped}"
        for back, grouped in product(days_back, _GROUPED)
    ][:wanted]


def as_table(found: dict[str, Latencies], *, rows: int) -> str:
    nothing = found[EMPTY]
    lines = [
        f"\n| 8 clients, {rows:,} usage rows, {OTHERS + 1:,} organizations | p50 ms | p95 ms | times p50 | times p95"
        " |\n|---|--:|--:|--:|--:|"
    ]
    lines += [
        f"| {name} | {each.p50_ms:.1f} | {each.p95_ms:.1f} | {each.p50_ms / nothing.p50_ms:.1f}"
        f" | {each.p95_ms / nothing.p95_ms:.1f} |"
        for name, each in found.items()
    ]
    for name in (AGAIN, FIRST):
        is_reached = found[name].p95_ms <= MOST_TIMES * nothing.p95_ms and found[name].p95_ms < MOST_MS
        lines.append(
            f"\ngoal of {name}: p95 at most {MOST_TIMES} times the empty route's and under {MOST_MS} ms:"
            f" {'reached' if is_reached else 'not reached'}"
        )
    return "\n".join(lines)
