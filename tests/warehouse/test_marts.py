"""From raw rows to marts on PostgreSQL: one row a bucket, priced, routed, counted once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.database import Database
from tests.warehouse.world import SOME_HOUR, Tenant, build_now

pytestmark = pytest.mark.database

# Class L on host openai: 0.375 J x (1.17 x 384 + 40) / 3.6 = 50.966667 micrograms a token; cache reads 4.077333.
GPT_4O = {"model": "gpt-4o", "uncached_input_tokens": 1_000_000, "cache_read_tokens": 1_000_000, "output_tokens": 0}


def test_a_bucket_is_priced_counter_by_counter(tenant: Tenant) -> None:
    tenant.observe(tenant.account(), **GPT_4O)
    build_now(tenant.database)
    row = tenant.one_usage()
    assert (row["model_class"], row["class_confidence"], row["host"]) == ("L", "low", "openai")
    assert row["uncached_input_co2e_micrograms_central"] == Decimal("50966667.000000")
    assert row["cache_read_co2e_micrograms_central"] == Decimal("4077333.000000")
    assert row["co2e_micrograms_central"] == Decimal("55044000.000000")
    assert row["avoided_by_cache_micrograms_central"] == Decimal("46889334.000000")
    assert row["cache_write_co2e_micrograms_central"] is None


def test_the_latest_revision_is_the_truth(tenant: Tenant) -> None:
    account = tenant.account()
    first = tenant.observe(account, output_tokens=10)
    assert tenant.observe(account, output_tokens=25, revision=2) == first
    build_now(tenant.database)
    row = tenant.one_usage()
    assert (row["usage_hash"], row["revision"], row["output_tokens"]) == (first, 2, 25)


def test_a_tombstone_takes_the_last_row_of_a_day_away(tenant: Tenant) -> None:
    account = tenant.account()
    tenant.observe(account, output_tokens=10)
    build_now(tenant.database)
    assert len(tenant.daily()) == 1
    tenant.observe(account, output_tokens=0, revision=2, is_tombstone=True)
    build_now(tenant.database)
    assert tenant.usage() == []
    assert tenant.daily() == []


def test_what_is_not_reported_stays_unknown_and_is_counted(tenant: Tenant) -> None:
    account = tenant.account()
    tenant.observe(account, output_tokens=7)
    tenant.observe(account, output_tokens=5, cache_read_tokens=3, bucket_started_at=SOME_HOUR + timedelta(hours=1))
    build_now(tenant.database)
    (day,) = tenant.daily()
    assert (day["usage_rows"], day["output_tokens"], day["output_known_rows"]) == (2, 12, 2)
    assert (day["cache_read_tokens"], day["cache_read_known_rows"]) == (3, 1)
    assert (day["uncached_input_tokens"], day["uncached_input_known_rows"]) == (None, 0)
    assert day["requests"] is None


@pytest.mark.parametrize(
    ("model", "model_class", "confidence"),
    [(None, "UNK", "none"), ("a-model-nobody-knows", "UNK", "none"), ("gpt-4o-2024-08-06", "L", "low")],
)
def test_a_model_without_a_known_class_counts_as_unknown(
    tenant: Tenant, model: str | None, model_class: str, confidence: str
) -> None:
    tenant.observe(tenant.account(), model=model, output_tokens=1_000)
    build_now(tenant.database)
    row = tenant.one_usage()
    assert (row["model_class"], row["class_confidence"]) == (model_class, confidence)
    # Both have 2.12 J per output token as their central: x 489.28 / 3.6 = 288.131556 micrograms.
    assert row["co2e_micrograms_central"] == Decimal("288131.556000")
    assert row["co2e_micrograms_low"] < row["co2e_micrograms_central"] < row["co2e_micrograms_high"]


def test_a_model_without_tokens_to_estimate_is_shown_without_grams(tenant: Tenant) -> None:
    tenant.observe(tenant.account(), model="whisper-1", output_tokens=500, cache_read_tokens=5)
    build_now(tenant.database)
    row = tenant.one_usage()
    assert (row["model_class"], row["output_tokens"], row["is_counted"]) == ("NA", 500, True)
    assert {row[name] for name in row if "micro" in name} == {None}


def test_days_are_utc_at_their_last_microsecond(tenant: Tenant) -> None:
    account = tenant.account()
    last = datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC)
    tenant.observe(account, bucket_started_at=last, output_tokens=1)
    tenant.observe(account, bucket_started_at=last + timedelta(microseconds=1), output_tokens=2)
    build_now(tenant.database)
    assert [(str(day["usage_date"]), day["output_tokens"]) for day in tenant.daily()] == [
        ("2026-10-31", 1),
        ("2026-11-01", 2),
    ]


def test_only_the_stream_in_force_counts(tenant: Tenant) -> None:
    account = tenant.account("anthropic", stream_until="2026-11-20")
    tenant.stream(account, "analytics", "[2026-11-20,)")
    before, after = SOME_HOUR - timedelta(days=1), SOME_HOUR
    for endpoint in ("messages", "analytics"):
        for start in (before, after):
            tenant.observe(
                account, endpoint=endpoint, bucket_started_at=start, model="claude-sonnet-4-5", output_tokens=9
            )
    build_now(tenant.database)
    assert [(str(day["usage_date"]), day["usage_rows"], day["output_tokens"]) for day in tenant.daily()] == [
        ("2026-11-19", 1, 9),
        ("2026-11-20", 1, 9),
    ]


def test_the_most_specific_workload_in_force_takes_the_bucket(tenant: Tenant) -> None:
    account = tenant.account()
    by_project, by_key = tenant.project("by project"), tenant.project("by key")
    tenant.workload(account, "project", "proj_a", by_project, "[-infinity,infinity)")
    tenant.workload(account, "project", "(none)", by_project, f"[{SOME_HOUR},infinity)")
    tenant.workload(account, "api_key", "key_1", by_key, f"[{SOME_HOUR},infinity)")
    just_before = SOME_HOUR - timedelta(hours=1)
    cases: list[tuple[dict[str, str | None], datetime, int]] = [
        ({"provider_project_id": "proj_a", "api_key_id": "key_1"}, SOME_HOUR, by_key),
        ({"provider_project_id": "proj_a", "api_key_id": "key_1"}, just_before, by_project),
        ({"provider_project_id": "proj_a", "api_key_id": "key_2"}, SOME_HOUR, by_project),
        ({"provider_project_id": "proj_b", "api_key_id": "key_2"}, SOME_HOUR, tenant.project_id),
        ({"provider_project_id": None, "api_key_id": "key_2"}, SOME_HOUR, by_project),
        ({"provider_project_id": None, "api_key_id": "key_2"}, just_before, tenant.project_id),
    ]
    expected = {
        tenant.observe(account, bucket_started_at=start, output_tokens=1, **dimensions): project
        for dimensions, start, project in cases
    }
    build_now(tenant.database)
    assert {row["usage_hash"]: row["project_id"] for row in tenant.usage()} == expected


def test_a_moved_workload_moves_only_the_touched_days(tenant: Tenant) -> None:
    account = tenant.account()
    start = SOME_HOUR - timedelta(days=3)
    for day in range(3):
        tenant.observe(account, bucket_started_at=start + timedelta(days=day), output_tokens=1, api_key_id="key_1")
    build_now(tenant.database)
    project = tenant.project("moved")
    tenant.workload(account, "api_key", "key_1", project, "[-infinity,infinity)")
    tenant.touch(account, "[2026-11-18,2026-11-19)")
    build_now(tenant.database)
    assert [day["project_id"] == project for day in tenant.daily()] == [False, True, False]
    tenant.touch(account, "[,)")
    build_now(tenant.database)
    assert [day["project_id"] == project for day in tenant.daily()] == [True, True, True]


def test_the_latest_standing_correction_goes_before_the_workload(tenant: Tenant) -> None:
    account = tenant.account()
    starts = [SOME_HOUR - timedelta(hours=hours) for hours in (3, 2, 1)]
    for start in starts:
        tenant.observe(account, bucket_started_at=start, output_tokens=1, api_key_id="key_1")
    by_key, by_account = tenant.project("by key"), tenant.project("by account")
    first = tenant.correct(account, "api_key", "key_1", by_key, f"(,{SOME_HOUR})")
    later = tenant.correct(account, "account", "(all)", by_account, f"[{starts[1]},{starts[2]})")
    tenant.correct(account, "project", "key_1", by_account, f"(,{SOME_HOUR})")
    build_now(tenant.database)
    rows = sorted(tenant.usage(), key=lambda row: row["bucket_started_at"])
    assert [(row["project_id"], row["correction_id"]) for row in rows] == [
        (by_key, first),
        (by_account, later),
        (by_key, first),
    ]
    assert len({row["workload_id"] for row in rows}) == 1
    tenant.withdraw(first)
    tenant.touch(account, "(,)")
    build_now(tenant.database)
    assert {(row["bucket_started_at"], row["project_id"], row["correction_id"]) for row in tenant.usage()} == {
        (starts[0], tenant.project_id, None),
        (starts[1], by_account, later),
        (starts[2], tenant.project_id, None),
    }
    assert {day["project_id"]: day["usage_rows"] for day in tenant.daily()} == {tenant.project_id: 2, by_account: 1}


def test_a_router_is_hosted_where_its_upstream_is(tenant: Tenant) -> None:
    account = tenant.account("openrouter")
    hosts = {
        "OpenAI": "openai",
        " Azure ": "azure_openai",
        "Together": "gpu_cloud_us",
        "Nobody": "openrouter",
        None: "openrouter",
    }
    expected = {
        tenant.observe(account, model="openai/gpt-4o", upstream=upstream, output_tokens=1): host
        for upstream, host in hosts.items()
    }
    build_now(tenant.database)
    assert {row["usage_hash"]: row["host"] for row in tenant.usage()} == expected


def test_a_routers_use_of_our_own_key_is_left_out_while_that_provider_is_connected(tenant: Tenant) -> None:
    router, openai = tenant.account("openrouter"), tenant.account("openai")
    deleted_at = SOME_HOUR + timedelta(hours=3, minutes=30)  # its last poll read closed hours: the fourth is open
    facts = {"model": "openai/gpt-4o", "upstream": "OpenAI", "output_tokens": 4, "requests": 2}
    for hour, byok in ((0, 2), (1, 0), (2, None), (3, 2)):
        tenant.observe(router, bucket_started_at=SOME_HOUR + timedelta(hours=hour), byok_requests=byok, **facts)
    tenant.observe(router, **facts | {"upstream": "Anthropic", "byok_requests": 2})
    tenant.disconnect(openai, at=deleted_at)
    build_now(tenant.database)
    left_out = [row for row in tenant.usage() if not row["is_counted"]]
    assert [(row["bucket_started_at"], row["left_out_reason"]) for row in left_out] == [
        (SOME_HOUR, "byok_counted_at_provider")
    ]
    assert {day["is_counted"]: day["usage_rows"] for day in tenant.daily() if day["host"] == "openai"} == {
        True: 3,
        False: 1,
    }


def test_a_connections_label_is_that_of_the_latest(tenant: Tenant, shared_database: Database) -> None:
    account = tenant.account()
    build_now(shared_database)
    with shared_database.tenant(tenant.org_id) as connection:
        rows = connection.execute("select * from marts.dim_accounts").fetchall()
        projects = connection.execute("select project_id, project_name, is_default from marts.dim_projects").fetchall()
    assert [(row["account_id"], row["connection_label"], row["is_connected"]) for row in rows] == [
        (account.id, "a key", True)
    ]
    assert projects == [{"project_id": tenant.project_id, "project_name": "Default", "is_default": True}]
