"""The edge cases of the user stories: each has a test that is named after it, or a scenario of billing that is it.

Provider API key is revoked mid-cycle
    tests/main_job/test_edge_cases.py::test_provider_api_key_is_revoked_mid_cycle
Provider returns revised usage data for a previous bucket
    tests/main_job/test_edge_cases.py::test_provider_returns_revised_usage_data_for_a_previous_bucket
Stripe payment fails
    tests/billing/scenarios/test_paying.py::test_scenario_05_a_renewal_fails_and_the_month_that_was_paid_closes
Insufficient credit inventory
    tests/billing/scenarios/test_trouble.py::test_scenario_21_a_stock_that_is_short_gives_nothing_until_it_is_filled
5+ consecutive permanent failures on a connection
    tests/main_job/test_edge_cases.py::test_five_or_more_consecutive_permanent_failures_on_a_connection
T+48h reconciliation reveals significantly different data
    tests/billing/scenarios/test_reconciliation.py::test_t_plus_48h_reconciliation_reveals_significantly_different_data
"""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ingestion.test_replay import _fault
from tests.main_job.conftest import MainJob
from tests.main_job.test_trace import shown, the_trace
from tests.sandbox_process import admin_key

pytestmark = pytest.mark.database

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
MID_CYCLE = datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
"""Half of the trace is over, half is to come."""
TOLD = [("email", "replayed@example.com"), ("in_app", "replayed@example.com")]
"""The owner, once by each channel."""
WORDS = "“OpenAI” is no longer polled"


def an_hour_later(job: MainJob) -> None:
    """The next hourly poll, without the build that follows."""
    job.advance(HOUR)
    job.poll("hourly")


def connection(job: MainJob, provider: str = "openai") -> dict[str, Any]:
    """As the API shows it."""
    (found,) = [
        each for each in job.client.get("/v1/connections").raise_for_status().json()["data"]
        if each["provider"] == provider
    ]  # fmt: skip
    return dict(found)


def code_of(error: dict[str, Any]) -> str:
    return str(error["type"]).rpartition("/")[2]


def told(job: MainJob) -> list[tuple[str, str]]:
    """Who was told that the connection has stopped, and how."""
    with job.context.database.worker() as outbox:
        rows = outbox.execute(
            "select channel, recipient, title, body from ops.outbox order by channel, recipient"
        ).fetchall()
    assert {row["title"] for row in rows} <= {WORDS}
    assert all("until you re-authenticate it" in row["body"] for row in rows)
    return [(row["channel"], row["recipient"]) for row in rows]


def asked_of(job: MainJob, provider: str) -> int:
    """How often the provider was asked for anything since this was asked last."""
    requests = job.sandbox.requests()
    job.sandbox.forget_requests()
    return sum(request["path"].startswith(f"/{provider}/") for request in requests)


def refuses_to_sync(job: MainJob, connection_id: str) -> bool:
    answer = job.client.post(f"/v1/connections/{connection_id}/sync")
    return (answer.status_code, code_of(answer.json())) == (409, "needs-reauthentication")


def usage(job: MainJob) -> dict[str, dict[str, Any]]:
    """Every bucket by its idempotency hash."""
    span = {"start": "2026-11-01", "end": "2026-11-24", "limit": "1000"}
    page = job.client.get("/v1/telemetry/usage", params=span).raise_for_status().json()
    assert page["next_cursor"] is None
    assert len({row["id"] for row in page["data"]}) == len(page["data"])
    return {row["id"]: row for row in page["data"]}


def test_provider_api_key_is_revoked_mid_cycle(job: MainJob) -> None:
    job.advance(MID_CYCLE - job.clock.now())
    assert job.connect("openai").status_code == 201
    job.run()
    before, path = job.summary(), f"/v1/connections/{connection(job)['id']}"
    job.sandbox.revoke(admin_key("openai"))
    try:
        an_hour_later(job)
        stopped = connection(job)
        assert (stopped["status"], code_of(stopped["error"])) == ("error", "key-refused")
        assert "mistyped, revoked or expired. Look it up at https://" in stopped["error"]["detail"]
        assert told(job) == TOLD
        asked_of(job, "openai")
        an_hour_later(job)
        assert refuses_to_sync(job, stopped["id"])
        assert asked_of(job, "openai") == 0
        during = job.summary()
        assert (during["totals"], during["data_through"]) == (before["totals"], None)
        assert [(each["id"], each["status"]) for each in during["stalled_connections"]] == [(stopped["id"], "error")]

        still_revoked = job.client.patch(path, json={"api_key": admin_key("openai")})
        assert (still_revoked.is_client_error, code_of(still_revoked.json())) == (True, "key-refused")
        assert connection(job)["status"] == "error"
        job.advance(timedelta(days=1))
        good = job.client.patch(path, json={"api_key": f"{admin_key('openai')}-second"}).raise_for_status().json()
        assert (good["status"], good["error"]) == ("active", None)
        job.run()
    finally:
        job.sandbox.restore(admin_key("openai"))
    after = job.summary()
    assert shown(after["totals"]) == the_trace("openai")
    assert after["stalled_connections"] == []
    assert told(job) == TOLD


def test_provider_returns_revised_usage_data_for_a_previous_bucket(job: MainJob) -> None:
    revised_at = job.clock.now() + HOUR
    job.sandbox.faults([_fault("openai", "revision", at=revised_at.isoformat(), share_percent=40)])
    assert job.connect("openai").status_code == 201
    job.run()
    first = usage(job)
    assert shown(job.summary()["totals"]) != the_trace("openai")

    job.advance(2 * HOUR)
    job.run("weekly")
    second = usage(job)
    assert shown(job.summary()["totals"]) == the_trace("openai")
    assert second.keys() == first.keys()
    revised = {key for key in first if second[key] != first[key]}
    assert 0 < len(revised) < len(first)
    counts = ("output_tokens", "uncached_input_tokens", "cache_read_tokens", "requests")
    for key in revised:
        assert (first[key]["revision"], second[key]["revision"]) == (1, 2)
        assert first[key]["observed_at"] < second[key]["observed_at"]
        assert [second[key][count] for count in counts] != [first[key][count] for count in counts]
        assert second[key]["bucket_started_at"] == first[key]["bucket_started_at"]
    with job.context.database.worker() as raw:
        kept = raw.execute(
            "select usage_hash, array_agg(output_tokens order by revision) as said from raw.usage_observations"
            " group by usage_hash"
        ).fetchall()
    assert {row["usage_hash"]: row["said"] for row in kept} == {
        key: [each[key]["output_tokens"] for each in ((first, second) if key in revised else (second,))]
        for key in second
    }
    log = job.client.get("/v1/telemetry/revisions", params={"limit": 1000}).raise_for_status().json()["data"]
    assert {
        change["id"]: [[change[side][count] for count in counts] for side in ("before", "after")] for change in log
    } == {key: [[seen[key][count] for count in counts] for seen in (first, second)] for key in revised}
    assert {change["change"] for change in log} == {"revised"}


def test_five_or_more_consecutive_permanent_failures_on_a_connection(job: MainJob) -> None:
    for provider in ("openai", "anthropic"):
        assert job.connect(provider).status_code == 201
    job.run()
    job.sandbox.faults([_fault("openai", "truncated_page", how="no_next_page")])
    for _ in range(5):
        assert (connection(job)["status"], told(job)) == ("active", [])
        asked_of(job, "openai")
        an_hour_later(job)
        assert asked_of(job, "openai") > 0
    skipped = connection(job)
    assert (skipped["status"], code_of(skipped["error"])) == ("skipped", "unreadable-answer")
    job.sandbox.clear_faults()  # what was wrong has passed, and nobody has said so
    an_hour_later(job)
    assert refuses_to_sync(job, skipped["id"])
    assert asked_of(job, "openai") == 0
    assert connection(job)["last_polled_at"] < connection(job, "anthropic")["last_polled_at"]
    assert connection(job, "anthropic")["status"] == "active"
    assert told(job) == TOLD

    again = job.client.patch(f"/v1/connections/{skipped['id']}", json={"api_key": admin_key("openai")})
    assert (again.status_code, again.json()["status"]) == (200, "active")
    job.run()
    (openai,) = [row for row in job.summary(group_by="provider")["data"] if row["provider"] == "openai"]
    assert shown(openai) == the_trace("openai")
    assert connection(job)["data_through"] == "2026-11-22T18:00:00Z"
    assert told(job) == TOLD


def test_each_edge_case_has_a_test_that_is_there() -> None:
    lines = [line for line in (__doc__ or "").splitlines()[2:] if line]
    cases, places = lines[::2], lines[1::2]
    assert (len(cases), len(set(places))) == (6, 6)
    for place in places:
        file, _, name = place.strip().partition("::")
        module = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert re.fullmatch(r"test_\w+", name)
        assert name in {each.name for each in module.body if isinstance(each, ast.FunctionDef)}, place
