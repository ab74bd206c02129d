"""Accuracy against the providers' own totals, from connecting to the API: late and revised usage differs by nothing,
and an hour that was lost is seen and read again.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from core.clock import Clock
from core.database import Database
from ingestion.poll import poll_due
from ingestion.provider_totals import ask_for_totals
from ingestion.rereads import DifferingDay, reread_differing
from tests.conftest import NOON
from tests.ingestion.test_replay import _fault
from tests.ingestion.world import PATIENCE, PROVIDERS, an_account_here, clients_at
from tests.main_job.conftest import MainJob
from tests.sandbox_process import SMALL_TRACE, SandboxHandle, admin_key, start_sandbox
from warehouse.accuracy import differing_days
from warehouse.build import build

pytestmark = [
    pytest.mark.database,
    pytest.mark.filterwarnings("ignore:.*currently in beta"),  # Dagster says it of its own decorators
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster"),
]

WEEK = {"trace": str(SMALL_TRACE), "starts_at": "2026-11-14T00:00:00Z", "stretch_hours": 168}
CLOSED = [date(2026, 11, day) for day in range(21, 13, -1)]
LOST_HOUR = datetime(2026, 11, 18, 9, tzinfo=UTC)
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[SandboxHandle]:
    """The trace over the seven days before yesterday, as each provider."""
    accounts = [an_account_here(provider, usage=WEEK) for provider in PROVIDERS]
    with start_sandbox({"now": NOON.isoformat(), "accounts": accounts}) as sandbox:
        yield sandbox


def poll_daily(job: MainJob) -> None:
    """The daily poll without the build that follows: one build at the end shows the same."""
    context, providers = job.context, clients_at(job.sandbox.base_urls)
    poll_due(context.database, providers, context.secrets, job.clock, cause="daily", patience=PATIENCE)


def ask(job: MainJob) -> None:
    context = job.context
    providers = clients_at(job.sandbox.base_urls)
    ask_for_totals(context.database, providers, context.secrets, job.clock, patience=PATIENCE)
    build(context.database, clock=job.clock)


def mend(job: MainJob) -> int:
    """What the worker does after a build: days that differ are read again, once."""
    database, now = job.context.database, job.clock.now()
    with database.worker() as connection:
        days = differing_days(connection, since=CLOSED[-1])
    return reread_differing(database, [DifferingDay(d.account_id, d.usage_date, d.asked_at) for d in days], now=now)


def shown(job: MainJob) -> dict[str, Any]:
    """The API's answer by provider."""
    answer = job.client.get("/v1/telemetry/accuracy").raise_for_status().json()
    return {connection["provider"]: connection for connection in answer["data"]}


def check(job: MainJob) -> dg.AssetCheckResult:
    from orchestration.provider_totals import closed_days_equal_the_providers

    result = closed_days_equal_the_providers(held_ledger(job))
    assert isinstance(result, dg.AssetCheckResult)
    return result


# Dollars per million tokens where the sandbox bills otherwise than the list says: uncached, read, written for minutes,
# written for long, output. As listed, as listed for batches, as billed; a batch is billed at half of that.
ELSEWISE = {
    "gpt-4o-2024-08-06": (
        ("2.5", "1.25", "2.5", "2.5", "10"),
        ("1.25", "1.25", "1.25", "1.25", "5"),  # OpenAI lists no price for reads of a batch
        ("2.75", "1.375", "2.75", "2.75", "11"),
    ),
    "claude-haiku-4-5-20251001": (
        ("1", "0.1", "1.25", "2", "5"),
        ("0.5", "0.05", "0.625", "1", "2.5"),
        ("1.1", "0.11", "1.375", "2.2", "5.5"),
    ),
    "deepseek/deepseek-chat-v3.1": (
        ("0.27", "0.27", "0.27", "0.27", "1"),
        ("0", "0", "0", "0", "0"),  # OpenRouter has no batches
        ("0.297", "0.297", "0.297", "0.297", "1.1"),
    ),
}


def known_difference(job: MainJob, provider: str) -> Decimal:
    """Dollars by which the list is above the sandbox, of the last seven closed days, out of the usage rows."""
    with job.context.database.worker() as connection:
        rows = connection.execute(
            "select model, coalesce(is_batch, false) as is_batch, array[uncached_input_tokens, cache_read_tokens,"
            " cache_write_5m_tokens, cache_write_1h_tokens, output_tokens] as tokens from marts.fct_usage"
            " where provider = %s and model = any(%s) and usage_date between %s and %s",
            [provider, list(ELSEWISE), CLOSED[-2], CLOSED[0]],
        ).fetchall()
    micros = Decimal(0)
    for row in rows:
        listed, of_batches, billed = ELSEWISE[row["model"]]
        ours, share = (of_batches, Decimal("0.5")) if row["is_batch"] else (listed, Decimal(1))
        for tokens, price, theirs in zip(row["tokens"], ours, billed, strict=True):
            micros += (tokens or 0) * (Decimal(price) - share * Decimal(theirs))
    return micros.scaleb(-6)


def assert_costs(job: MainJob, provider: str, costs: dict[str, Any]) -> None:
    """Equal to the last digit, but for the one model that the sandbox bills otherwise than the list has it."""
    week = costs["last_seven_days"]
    assert (costs["failure"], costs["tolerance_percent"], week["days"]) == (None, "5", 7)
    assert [date.fromisoformat(day["day"]) for day in costs["days"]] == CLOSED
    assert Decimal(week["difference_usd"]) == known_difference(job, provider)
    assert Decimal(week["priced_usd"]) - Decimal(week["provider_usd"]) == Decimal(week["difference_usd"])
    assert (week["state"], week["unpriced_tokens"], week["provider_other_usd"]) == ("within", 0, "0.000000000000")
    assert -5 <= Decimal(week["difference_percent"]) < 0
    assert costs["known_holes"]


def check_of_costs(job: MainJob) -> dg.AssetCheckResult:
    from orchestration.provider_totals import costs_are_near_the_providers

    result = costs_are_near_the_providers(held_ledger(job))
    assert isinstance(result, dg.AssetCheckResult)
    return result


def held_ledger(job: MainJob) -> Any:
    from orchestration.resources import Ledger

    class HeldLedger(Ledger):
        @property
        def database(self) -> Database:
            return job.context.database

        @property
        def clock(self) -> Clock:
            return job.clock

    return HeldLedger()


def test_seven_days_of_late_and_revised_usage_differ_by_nothing_on_closed_days(job: MainJob) -> None:
    job.advance(datetime(2026, 11, 15, 12, tzinfo=UTC) - job.clock.now())
    for provider in PROVIDERS:
        job.sandbox.faults(
            [
                _fault(provider, "late_rows", minutes=150, share_percent=30),
                _fault(provider, "revision", at="2026-11-17T03:05:00Z", share_percent=40),
                _fault(provider, "revision", at="2026-11-19T20:05:00Z", share_percent=20),
            ]
        )
        assert job.connect(provider).status_code == 201
    job.run()
    while job.clock.now() < NOON:
        job.advance(A_DAY)
        poll_daily(job)
    ask(job)
    while mend(job):
        job.run()
    for provider, connection in shown(job).items():
        assert [date.fromisoformat(day["day"]) for day in connection["days"]] == CLOSED, provider
        assert {day["state"] for day in connection["days"]} == {"equal"}, provider
        week = connection["last_seven_days"]
        assert (week["difference_tokens"], week["difference_percent"], week["state"]) == (0, "0.0000", "within")
        assert week["provider_tokens"] > 100_000, provider
        assert connection["known_holes"], provider
        assert_costs(job, provider, connection["costs"])
    assert shown(job).keys() == set(PROVIDERS)
    found = check_of_costs(job)
    assert (found.passed, found.severity) == (True, dg.AssetCheckSeverity.WARN)
    assert found.metadata["accounts_within"].value == len(PROVIDERS)


def test_a_lost_hour_turns_its_day_red_and_reading_it_again_mends_it(job: MainJob) -> None:
    assert job.connect("openai").status_code == 201
    job.run()
    ask(job)
    (connection,) = shown(job).values()
    assert {day["state"] for day in connection["days"]} == {"equal"}
    assert check(job).passed

    lose(job.context.database, LOST_HOUR)
    build(job.context.database, clock=job.clock, full_refresh=True)
    (connection,) = shown(job).values()
    (red,) = [day for day in connection["days"] if day["state"] == "differs"]
    assert red["day"] == "2026-11-18"
    assert red["difference"]["output_tokens"] < 0
    assert red["counted"]["output_tokens"] - red["provider"]["output_tokens"] == red["difference"]["output_tokens"]
    assert red["difference_percent"].startswith("-")
    found = check(job)
    assert not found.passed
    assert found.metadata["days_that_differ"].value == 1

    address = f"/v1/connections/{connection['connection_id']}/reread"
    days = {"first_day": red["day"], "last_day": red["day"]}
    assert job.client.post(address, json=days).status_code == 202
    missing = job.client.get("/v1/telemetry/coverage", params={"start": "2026-11-18", "end": "2026-11-19"}).json()
    assert {span["state"] for span in missing["data"][0]["spans"]} == {"missing"}
    job.run()
    (connection,) = shown(job).values()
    assert {day["state"] for day in connection["days"]} == {"equal"}
    assert check(job).passed


def lose(database: Database, hour: datetime) -> None:
    """Delete an hour's observations by hand, as an operator who makes a mistake does."""
    with database.owner() as connection:
        deleted = connection.execute(
            "delete from raw.usage_observations where bucket_started_at = %s returning usage_hash", [hour]
        ).fetchall()
    assert deleted


def test_days_that_cannot_be_read_again_are_refused_with_what_to_do(job: MainJob) -> None:
    connection = job.connect("openai").json()
    address = f"/v1/connections/{connection['id']}/reread"
    for first, last in (("2026-11-20", "2026-11-19"), ("2026-11-23", "2026-11-23"), ("2026-10-01", "2026-11-10")):
        answer = job.client.post(address, json={"first_day": first, "last_day": last})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "invalid-reread")
    assert job.client.post("/v1/connections/conn_9999/reread", json=connection).status_code == 422
    unknown = job.client.post(
        "/v1/connections/conn_9999/reread", json={"first_day": "2026-11-20", "last_day": "2026-11-20"}
    )
    assert unknown.status_code == 404


def test_a_provider_that_gives_no_totals_is_said_and_its_connection_stays_as_it_is(job: MainJob) -> None:
    assert job.connect("anthropic").status_code == 201
    job.run()
    job.sandbox.revoke(admin_key("anthropic"))
    try:
        ask(job)
    finally:
        job.sandbox.restore(admin_key("anthropic"))
    (connection,) = shown(job).values()
    assert connection["failure"]["code"] == "key-refused"
    assert (connection["days"], connection["last_seven_days"]) == ([], None)
    assert job.client.get("/v1/connections").json()["data"][0]["status"] == "active"
