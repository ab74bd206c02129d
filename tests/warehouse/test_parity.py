"""The same rows give the same digits: on both engines, twice on one, and incrementally as from nothing."""

import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from psycopg.rows import tuple_row

from core.database import Database
from tests.warehouse.world import COUNTERS, SOME_HOUR, Account, Tenant, a_tenant, build_now
from warehouse.snapshot import write_snapshot

pytestmark = pytest.mark.database

MARTS = (
    "fct_usage",
    "fct_usage_revisions",
    "fct_daily_emissions",
    "fct_daily_models",
    "fct_daily_projects",
    "fct_period_usage",
    "fct_period_lines",
    "dim_accounts",
    "dim_projects",
    "rpt_methodology",
    "rpt_provider_accuracy",
    "rpt_provider_costs",
)
MODELS = {
    "openai": ("gpt-4o", "gpt-5-mini", "whisper-1", "text-embedding-3-large", "ft:gpt-4o-mini:acme::x", None, ""),
    "anthropic": ("claude-sonnet-4-5", "claude-opus-4-1-20250805", "claude-haiku-5-5", "claude-future", None),
    "openrouter": ("openai/gpt-4o", "meta-llama/llama-3.1-405b:free", "z-ai/glm-4.6", "gemini-2.5-pro", "x/y-7b"),
}
UPSTREAMS = ("OpenAI", "Anthropic", "Together", "google", "Nobody", None)


def all_rows(connection: Any, mart: str) -> list[tuple[str | None, ...]]:
    """Every cell of a mart as text, ordered; `connection` is DuckDB's or a cursor of psycopg's."""
    columns = [
        row[0]
        for row in connection.execute(
            "select column_name from information_schema.columns"
            f" where table_schema = 'marts' and table_name = '{mart}' order by ordinal_position"
        ).fetchall()
    ]
    cells = ", ".join(
        f"to_char({name} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        if name.endswith("_at") and not isinstance(connection, duckdb.DuckDBPyConnection)
        else f"strftime({name} at time zone 'UTC', '%Y-%m-%d %H:%M:%S.%f')"
        if name.endswith("_at")
        else f"cast({name} as text)"
        for name in columns
    )
    rows = connection.execute(f"select {cells} from marts.{mart}").fetchall()
    return sorted(
        (tuple(row) for row in rows), key=lambda row: tuple("" if cell is None else "=" + cell for cell in row)
    )


def postgres_marts(database: Database) -> dict[str, list[tuple[str | None, ...]]]:
    with database.worker() as connection, connection.cursor(row_factory=tuple_row) as cursor:
        return {mart: all_rows(cursor, mart) for mart in MARTS}


def an_observation(chance: random.Random, account: Account) -> dict[str, Any]:
    facts: dict[str, Any] = {
        name: chance.choice((None, 0, 1, chance.randrange(10**6), chance.randrange(10**12))) for name in COUNTERS
    }
    return facts | {
        "bucket_started_at": SOME_HOUR - timedelta(hours=chance.randrange(24 * 40), microseconds=chance.choice((0, 1))),
        "model": chance.choice(MODELS[account.provider]),
        "upstream": chance.choice(UPSTREAMS) if account.provider == "openrouter" else None,
        "provider_project_id": chance.choice((None, "", "proj_a", "proj_b")),
        "api_key_id": chance.choice((None, "key_1", 'key,"2"')),
        "is_batch": chance.choice((None, True, False)),
        "service_tier": chance.choice((None, "", "flex\nnew line")),
    }


def a_busy_tenant(database: Database, chance: random.Random) -> Tenant:
    tenant = a_tenant(database, "Busy, \"quoted\" and 'so'")
    other = tenant.project("Ünïcode\u00a0✓")
    for provider in MODELS:
        account = tenant.account(provider, stream_until="2026-11-15")
        tenant.stream(account, "another", "[2026-11-15,)", group_by_version=2)
        tenant.workload(account, "project", "proj_a", other, f"[{SOME_HOUR - timedelta(days=9)},)")
        tenant.workload(account, "api_key", "key_1", other, f"[,{SOME_HOUR - timedelta(days=20)})")
        for days_ago in range(3):
            day = (SOME_HOUR - timedelta(days=days_ago)).date()
            tenant.say_totals(account, day, output_tokens=chance.randrange(10**6), requests=days_ago)
            tenant.say_totals(account, day, SOME_HOUR + timedelta(hours=1), output_tokens=chance.randrange(10**6))
            tenant.say_costs(account, day, Decimal(chance.randrange(-(10**9), 10**12)).scaleb(-6))
    return tenant


def one_change(chance: random.Random, tenant: Tenant, history: list[tuple[Account, dict[str, Any]]]) -> None:
    """A new bucket, a revision, a removal, or a touch after a workload was added."""
    act = chance.random()
    if act < 0.6 or not history:
        account = chance.choice(tenant.accounts)
        facts = an_observation(chance, account)
        if facts["bucket_started_at"].date().isoformat() >= "2026-11-15" and chance.random() < 0.8:
            facts |= {"endpoint": "another", "group_by_version": 2}
        history.append((account, facts))
        tenant.observe(account, **facts | {"revision": next_revision(history, account, facts)})
    elif act < 0.95:
        account, facts = chance.choice(history)
        revised = facts | {"output_tokens": chance.randrange(1000), "is_tombstone": chance.random() < 0.3}
        history.append((account, revised))
        tenant.observe(account, **revised | {"revision": next_revision(history, account, revised)})
    else:
        account = chance.choice(tenant.accounts)
        value = f"proj_{chance.randrange(10**9)}"
        tenant.workload(account, "project", value, tenant.project(value), "[-infinity,infinity)")
        tenant.touch(account, "[,)")


def next_revision(history: list[tuple[Account, dict[str, Any]]], account: Account, facts: dict[str, Any]) -> int:
    dimensions = ("endpoint", "group_by_version", "bucket_started_at", "model", "upstream", "provider_project_id")
    own = [facts.get(name) for name in (*dimensions, "api_key_id", "is_batch")]
    return sum(
        account == other and [seen.get(name) for name in (*dimensions, "api_key_id", "is_batch")] == own
        for other, seen in history
    )


@pytest.mark.exhaustive
def test_incremental_builds_end_where_a_full_refresh_starts(shared_database: Database) -> None:
    chance = random.Random(1)
    tenant = a_busy_tenant(shared_database, chance)
    history: list[tuple[Account, dict[str, Any]]] = []
    for _ in range(4):
        for _ in range(40):
            one_change(chance, tenant, history)
        build_now(shared_database)
    incremental = postgres_marts(shared_database)
    assert len(tenant.usage()) > 60
    again = build_now(shared_database)
    assert again.from_arrival_id == again.through_arrival_id
    assert postgres_marts(shared_database) == incremental
    assert build_now(shared_database, full_refresh=True).is_full_refresh
    assert postgres_marts(shared_database) == incremental


def test_both_engines_give_the_same_cells(shared_database: Database, tmp_path: Path) -> None:
    chance = random.Random(3)
    tenant = a_busy_tenant(shared_database, chance)
    history: list[tuple[Account, dict[str, Any]]] = []
    for _ in range(120):
        one_change(chance, tenant, history)
    tenant.observe(tenant.accounts[0], uncached_input_tokens=10**17, cache_read_tokens=10**17, output_tokens=10**17)
    build_now(shared_database)
    manifest = write_snapshot(shared_database, tmp_path / "snapshot")
    # After the snapshot: the files do not know of it.
    tenant.observe(tenant.accounts[0], bucket_started_at=SOME_HOUR + timedelta(hours=5), output_tokens=1)
    outcome = build_now(
        shared_database, target="duckdb", snapshot_dir=tmp_path / "snapshot", output=tmp_path / "ledger.duckdb"
    )
    assert outcome.through_arrival_id == manifest.through_arrival_id
    expected = postgres_marts(shared_database)
    with duckdb.connect(str(tmp_path / "ledger.duckdb"), read_only=True) as connection:
        connection.execute("set timezone = 'America/New_York'")
        for mart in MARTS:
            assert all_rows(connection, mart) == expected[mart], mart
    assert len(expected["fct_usage"]) > 60
    assert len(expected["fct_usage_revisions"]) > 10
    assert len(expected["rpt_provider_accuracy"]) >= 9
    assert len(expected["rpt_provider_costs"]) >= 9
