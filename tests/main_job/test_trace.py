"""A request trace replayed as each provider, from `POST /v1/connections` to `GET /v1/telemetry/summary`, exactly.

CARBONLEDGER_TEST_TRACE names another trace than the small one that ships here; the truth is computed from the same
file, apart from the sandbox, and for the public Mooncake conversation trace held against its figures.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.ingestion.test_replay import _fault
from tests.ingestion.world import PROVIDERS, an_account_here
from tests.main_job.conftest import MainJob
from tests.sandbox_process import admin_key
from tests.truth import total, truth_of

pytestmark = pytest.mark.database

MIDWAY = datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
"""Half of the trace is over, half is to come."""


class Totals(NamedTuple):
    """`requests` is None where the provider does not report them."""

    requests: int | None
    input: int
    cached: int
    output: int


FIGURES = {
    "mooncake_conversation.jsonl": Totals(12_031, 144_793_823, 54_098_411, 4_122_048),
    "small_trace.jsonl": Totals(400, 1_379_317, 827_837, 188_422),
}
"""Of the traces that are known: the first as published (kvcache-ai/Mooncake, FAST25 release)."""


def the_trace(provider: str) -> Totals:
    tokens = total(truth_of(an_account_here(provider)).values())
    return Totals(None if provider == "anthropic" else tokens.requests, tokens.input, tokens.cached, tokens.output)


def shown(row: dict[str, Any]) -> Totals:
    """A row of the API: disjoint counters added up again to a prompt's tokens."""
    counters = ("uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")
    return Totals(
        requests=row["requests"],
        input=sum(row[counter] or 0 for counter in counters),
        cached=row["cache_read_tokens"],
        output=row["output_tokens"],
    )


def test_the_truth_is_the_known_traces_figures() -> None:
    name = Path(os.environ.get("CARBONLEDGER_TEST_TRACE", "small_trace.jsonl")).name
    assert name in FIGURES, f"no figures are known for {name}: the other tests hold, this one says nothing"
    assert the_trace("openai") == FIGURES[name]


def test_three_providers_side_by_side_show_the_trace_three_times(job: MainJob) -> None:
    for provider in PROVIDERS:
        assert job.connect(provider).status_code == 201
    job.run()
    summary = job.summary(group_by="provider")
    assert {row["provider"]: shown(row) for row in summary["data"]} == {
        provider: the_trace(provider) for provider in PROVIDERS
    }
    assert shown(summary["totals"]).input == 3 * the_trace("openai").input
    assert summary["totals"]["co2e_grams"] is not None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_late_revised_moved_refused_and_broken_answers_end_in_the_traces_totals(job: MainJob, provider: str) -> None:
    job.advance(MIDWAY - job.clock.now())
    job.sandbox.faults(
        [
            _fault(provider, "late_rows", minutes=150, share_percent=30),
            _fault(provider, "revision", at="2026-11-22T03:05:00Z", share_percent=40),
            _fault(provider, "reattribution", at="2026-11-22T04:05:00Z", share_percent=10, value=None),
        ]
    )
    assert job.connect(provider).status_code == 201
    job.run()
    assert shown(job.summary()["totals"]) != the_trace(provider)
    job.sandbox.faults(
        [
            _fault(provider, "rate_limited", times=1, retry_after=7),
            _fault(provider, "server_error", times=1, from_request=3),
            _fault(provider, "truncated_page", times=1, from_request=5),
        ]
    )
    for _ in range(2):
        job.advance(timedelta(hours=6))
        job.poll("hourly")
        job.advance(timedelta(hours=6))
        job.run("hourly")
    job.run("weekly")
    assert shown(job.summary()["totals"]) == the_trace(provider)


def test_whatever_is_done_to_the_connection_the_totals_stay(job: MainJob) -> None:
    connected = job.connect("anthropic").json()
    path = f"/v1/connections/{connected['id']}"
    job.run()
    before = job.summary()["totals"]
    assert shown(before) == the_trace("anthropic")

    second = job.connect("anthropic", key=f"{admin_key('anthropic')}-second")
    assert (second.status_code, second.json()["type"].rsplit("/", 1)[-1]) == (409, "account-already-connected")
    other = job.client.patch(path, json={"api_key": f"{admin_key('anthropic')}-other"})
    assert (other.status_code, other.json()["type"].rsplit("/", 1)[-1]) == (409, "other-account")

    for endpoint in ("analytics", "messages"):
        assert job.client.patch(path, json={"usage_endpoint": endpoint}).status_code == 200
        job.run("weekly")
        assert shown(job.summary()["totals"])[1:] == the_trace("anthropic")[1:]

    until = (job.clock.now() + timedelta(hours=1)).isoformat()
    job.sandbox.faults([_fault("anthropic", "empty_answer", until=until)])
    job.run("weekly")
    assert job.summary()["totals"] == before
    job.advance(timedelta(hours=2))

    assert job.client.delete(path).status_code == 204
    job.run()
    assert job.summary()["totals"] == before
    assert job.connect("anthropic").status_code == 201
    job.run()
    assert job.summary()["totals"] == before
