"""Raw rows by SQL: organizations, accounts, workloads and observations as ingestion would have left them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.clock import FixedClock
from core.database import Connection, Database, fetch_one
from warehouse.build import BuildOutcome, build

SOME_HOUR = datetime(2026, 11, 20, 9, tzinfo=UTC)
ENDPOINTS = {"openai": "completions", "anthropic": "messages", "openrouter": "analytics"}
FAMILIES = {"openai": "completions", "anthropic": "messages", "openrouter": "generations"}
COUNTERS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "requests",
    "reasoning_tokens",
    "byok_requests",
)


@dataclass(frozen=True)
class Account:
    """An account with one connection, one stream and one workload for the whole of it."""

    id: int
    provider: str
    connection_id: int


@dataclass
class Tenant:
    """One organization in a database that other tests may share: every assertion is about its rows only."""

    database: Database
    org_id: int
    project_id: int
    accounts: list[Account] = field(default_factory=list)

    def project(self, name: str) -> int:
        with self.database.owner() as connection:
            return _insert(connection, "ops.projects", org_id=self.org_id, name=name, created_at=SOME_HOUR)

    def account(self, provider: str = "openai", *, stream_until: str = "") -> Account:
        """`stream_until` ends the first stream before a UTC day; see `stream` for the next."""
        with self.database.owner() as connection:
            key = _insert(
                connection,
                "ops.provider_accounts",
                org_id=self.org_id,
                provider=provider,
                usage_endpoint=ENDPOINTS[provider],
                created_at=SOME_HOUR,
            )
            connection_id = _connection(connection, {"org_id": self.org_id, "account_id": key, "provider": provider})
        account = Account(key, provider, connection_id)
        self.accounts.append(account)
        self.stream(account, ENDPOINTS[provider], f"[,{stream_until})")
        self.workload(account, "account", "(all)", self.project_id, "[-infinity,infinity)")
        return account

    def stream(self, account: Account, endpoint: str, in_force: str, *, group_by_version: int = 1) -> None:
        with self.database.owner() as connection:
            _insert(
                connection,
                "ops.usage_streams",
                org_id=self.org_id,
                account_id=account.id,
                endpoint_family=FAMILIES[account.provider],
                endpoint=endpoint,
                bucket_width="1h",
                group_by_version=group_by_version,
                in_force=in_force,
            )

    def workload(self, account: Account, kind: str, value: str, project_id: int, in_force: str) -> int:
        with self.database.owner() as connection:
            return _insert(
                connection,
                "ops.workloads",
                org_id=self.org_id,
                account_id=account.id,
                selector_kind=kind,
                selector_value=value,
                project_id=project_id,
                in_force=in_force,
                created_at=SOME_HOUR,
            )

    def correct(self, account: Account, kind: str, value: str, project_id: int, span: str) -> int:
        with self.database.owner() as connection:
            return _insert(
                connection,
                "ops.usage_corrections",
                org_id=self.org_id,
                account_id=account.id,
                selector_kind=kind,
                selector_value=value,
                project_id=project_id,
                span=span,
                reason="It was another project's.",
                made_by="user_someone",
                made_at=SOME_HOUR,
            )

    def say_totals(self, account: Account, day: date, asked_at: datetime = SOME_HOUR, **counters: int) -> None:
        """What the provider answers of a whole day."""
        with self.database.owner() as connection:
            columns = {"account_id": account.id, "usage_date": day, "asked_at": asked_at, "org_id": self.org_id}
            _insert(connection, "raw.provider_totals", returning=None, provider=account.provider, **columns, **counters)

    def say_costs(
        self, account: Account, day: date, token_micros: Decimal, *, other_micros: int = 0, currency: str = "USD"
    ) -> None:
        """What the provider answers that a day cost."""
        with self.database.owner() as connection:
            _insert(
                connection,
                "raw.provider_costs",
                returning=None,
                account_id=account.id,
                usage_date=day,
                asked_at=SOME_HOUR,
                org_id=self.org_id,
                provider=account.provider,
                currency=currency,
                token_cost_micros=token_micros,
                other_cost_micros=other_micros,
            )

    def withdraw(self, correction_id: int) -> None:
        with self.database.owner() as connection:
            connection.execute(
                "update ops.usage_corrections set withdrawn_at = %s, withdrawn_by = 'user_someone' where id = %s",
                [SOME_HOUR, correction_id],
            )

    def disconnect(self, account: Account, *, at: datetime) -> None:
        with self.database.owner() as connection:
            connection.execute(
                "update ops.connections set status = 'deleted', secret_arn = null, deleted_at = %s where id = %s",
                [at, account.connection_id],
            )

    def touch(self, account: Account, days: str) -> None:
        with self.database.worker() as connection:
            connection.execute(
                "insert into ops.usage_touches (arrival_id, org_id, account_id, days, cause, at)"
                " values (nextval('ops.arrivals'), %s, %s, %s, 'test', %s)",
                [self.org_id, account.id, days, SOME_HOUR],
            )

    def observe(self, account: Account, **facts: Any) -> str:
        """One observation; what is not named is NULL. Returns the usage hash, equal for equal dimensions and start."""
        with self.database.worker() as connection:
            return self.insert_observation(connection, account, **facts)

    def insert_observation(self, connection: Connection, account: Account, **facts: Any) -> str:
        row: dict[str, Any] = {
            "endpoint": ENDPOINTS[account.provider],
            "bucket_started_at": SOME_HOUR,
            "model": "gpt-4o",
            "group_by_version": 1,
            "revision": 1,
            "is_tombstone": False,
            "observed_at": SOME_HOUR + timedelta(hours=1),
            **facts,
        }
        dimensions = [row.get(name) for name in ("model", "upstream", "provider_project_id", "api_key_id", "is_batch")]
        identity = [
            account.id,
            row["endpoint"],
            row["group_by_version"],
            row["bucket_started_at"].isoformat(),
            dimensions,
        ]
        usage_hash = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
        next_id = fetch_one(connection, "select nextval('ops.arrivals') as id")["id"]
        _insert(
            connection,
            "raw.usage_observations",
            returning=None,
            observation_id=next_id,
            org_id=self.org_id,
            account_id=account.id,
            poll_id=1,
            provider=account.provider,
            endpoint_family=FAMILIES[account.provider],
            bucket_width="1h",
            usage_hash=usage_hash,
            bucket_ended_at=row["bucket_started_at"] + timedelta(hours=1),
            **row,
        )
        return usage_hash

    def usage(self) -> list[dict[str, Any]]:
        """This organization's rows of fct_usage, through the app role, ordered by hash."""
        return self._read("select * from marts.fct_usage order by usage_hash")

    def one_usage(self) -> dict[str, Any]:
        (row,) = self.usage()
        return row

    def daily(self) -> list[dict[str, Any]]:
        return self._read("select * from marts.fct_daily_emissions order by usage_date, account_id, model, host")

    def total(self, column: str) -> Decimal | int | None:
        """Sum of a column of fct_usage over this organization's rows, by PostgreSQL."""
        (row,) = self._read(f"select sum({column}) as total from marts.fct_usage")
        total: Decimal | int | None = row["total"]
        return total

    def _read(self, query: str) -> list[dict[str, Any]]:
        with self.database.tenant(self.org_id) as connection:
            return connection.execute(query.encode()).fetchall()


def a_tenant(database: Database, name: str = "Acme") -> Tenant:
    with database.owner() as connection:
        org_id = _insert(connection, "ops.organizations", name=name, created_at=SOME_HOUR)
        project_id = _insert(
            connection, "ops.projects", org_id=org_id, name="Default", is_default=True, created_at=SOME_HOUR
        )
    return Tenant(database, org_id, project_id)


def build_now(database: Database, *, full_refresh: bool = False, **options: Any) -> BuildOutcome:
    return build(database, clock=FixedClock(SOME_HOUR), full_refresh=full_refresh, **options)


def _connection(connection: Connection, own: dict[str, Any]) -> int:
    return _insert(
        connection,
        "ops.connections",
        **own,
        label="a key",
        secret_arn="arn:test",
        history_from=SOME_HOUR,
        last_daily_at=SOME_HOUR,
        last_weekly_at=SOME_HOUR,
        last_monthly_at=SOME_HOUR,
        created_at=SOME_HOUR,
    )


def _insert(connection: Connection, table: str, returning: str | None = "id", **values: Any) -> int:
    columns: Iterable[str] = values
    query = f"insert into {table} ({', '.join(columns)}) values ({', '.join(f'%({name})s' for name in values)})"
    if returning is None:
        connection.execute(query.encode(), values)
        return 0
    return int(fetch_one(connection, f"{query} returning {returning} as id", values)["id"])
