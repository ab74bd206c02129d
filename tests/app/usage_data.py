"""Provider accounts and raw usage for tests: rows as a poll leaves them, small enough to add up on paper."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.database import Database, fetch_one
from ingestion.usage_row import WIDTHS, BucketWidth


@dataclass(frozen=True, slots=True)
class Account:
    """A provider account with its one connection, workload and stream."""

    org_id: int
    account_id: int
    connection_id: int
    provider: str
    endpoint: str
    family: str
    width: BucketWidth


_STREAMS: dict[str, tuple[str, str, BucketWidth]] = {
    "openai": ("completions", "completions", "1h"),
    "anthropic": ("messages", "messages", "1h"),
    "openrouter": ("activity", "generations", "1d"),
}


def an_account(
    database: Database,
    org_id: int,
    *,
    provider: str,
    label: str,
    project_id: int,
    now: datetime,
    status: str = "active",
    data_through: datetime | None = None,
) -> Account:
    endpoint, family, width = _STREAMS[provider]
    with database.worker() as connection:
        account_id = fetch_one(
            connection,
            "insert into ops.provider_accounts (org_id, provider, external_id, usage_endpoint, created_at)"
            " values (%s, %s, %s, %s, %s) returning id",
            [org_id, provider, f"external-{label}", endpoint, now],
        )["id"]
        connection_id = fetch_one(
            connection,
            "insert into ops.connections (org_id, account_id, provider, label, secret_arn, status, last_polled_at,"
            " data_through, history_from, last_daily_at, last_weekly_at, last_monthly_at, created_at)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
            [org_id, account_id, provider, label, f"arn:{label}", status, data_through, data_through,
             now - timedelta(days=30), now, now, now, now],
        )["id"]  # fmt: skip
        connection.execute(
            "insert into ops.workloads (org_id, account_id, selector_kind, selector_value, project_id, in_force,"
            " created_at) values (%s, %s, 'account', '(all)', %s, '(,)', %s)",
            [org_id, account_id, project_id, now],
        )
        connection.execute(
            "insert into ops.usage_streams (org_id, account_id, endpoint_family, endpoint, bucket_width,"
            " group_by_version, in_force) values (%s, %s, %s, %s, %s, 1, '(,)')",
            [org_id, account_id, family, endpoint, width],
        )
    return Account(org_id, account_id, connection_id, provider, endpoint, family, width)


def observe(
    database: Database,
    account: Account,
    *,
    started_at: datetime,
    model: str | None,
    uncached: int | None = 0,
    cache_read: int | None = 0,
    write_5m: int | None = 0,
    write_1h: int | None = 0,
    output: int | None = 0,
    requests: int | None = None,
    byok_requests: int | None = None,
    provider_project: str | None = None,
    api_key: str | None = None,
    revision: int = 1,
    is_tombstone: bool = False,
) -> str:
    """One observation, two hours after the bucket began, each revision an hour later; returns its usage hash."""
    identity = f"{account.account_id} {started_at.isoformat()} {model} {provider_project} {api_key}"
    usage_hash = hashlib.sha256(identity.encode()).hexdigest()
    with database.worker() as connection:
        connection.execute(
            "insert into raw.usage_observations (observation_id, org_id, account_id, poll_id, provider,"
            " endpoint_family, endpoint, bucket_width, group_by_version, usage_hash, revision, bucket_started_at,"
            " bucket_ended_at, model, provider_project_id, api_key_id, byok_requests, uncached_input_tokens,"
            " cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, requests, payload,"
            " is_tombstone, observed_at)"
            " values (nextval('ops.arrivals'), %s, %s, 1, %s, %s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " %s, %s, %s, %s, '{}', %s, %s)",
            [account.org_id, account.account_id, account.provider, account.family, account.endpoint, account.width,
             usage_hash, revision, started_at, started_at + WIDTHS[account.width], model, provider_project, api_key,
             byok_requests, uncached, cache_read, write_5m, write_1h, output, requests,
             is_tombstone, started_at + timedelta(hours=1 + revision)],
        )  # fmt: skip
    return usage_hash
