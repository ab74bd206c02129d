"""Which tables and columns a snapshot holds: what the models read, and nothing else (no keys, no payloads).

Parquet has neither ranges nor infinity, so a range becomes two columns, NULL where it has no end.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["bigint", "integer", "text", "boolean", "date", "instant", "micro"]
"""`micro` is numeric(38, 6): micrograms or micro-watt-hours."""


@dataclass(frozen=True, slots=True)
class Column:
    """`expression` is what PostgreSQL evaluates; instants leave it as integer microseconds since 1970, exact."""

    name: str
    kind: Kind
    source: str | None = None

    @property
    def expression(self) -> str:
        value = self.source or self.name
        if self.kind == "instant":
            return f"cast(extract(epoch from {value}) * 1000000 as bigint)"
        if self.kind == "date":
            return f"({value}) - date '1970-01-01'"
        return value


@dataclass(frozen=True, slots=True)
class SnapshotTable:
    """One table. `order` makes the files the same whenever the rows are; `month_of` splits them by its UTC month."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    order: str
    month_of: str | None = None


def _bigints(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "bigint") for name in names)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text") for name in names)


def _instants(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "instant") for name in names)


def _micros(stem: str) -> tuple[Column, ...]:
    return tuple(Column(f"{stem}_{bound}", "micro") for bound in ("low", "central", "high"))


def _range(name: str, kind: Kind) -> tuple[Column, ...]:
    """A range column's two ends; -infinity and infinity are no ends."""
    ends = (("from", f"lower({name})"), ("until", f"upper({name})"))
    return tuple(
        Column(f"{name}_{suffix}", kind, f"case when isfinite({bound}) then {bound} end") for suffix, bound in ends
    )


_COUNTERS = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


SNAPSHOT_TABLES: tuple[SnapshotTable, ...] = (
    SnapshotTable(
        "raw",
        "usage_observations",
        (
            *_bigints("observation_id", "org_id", "account_id"),
            *_texts("provider", "endpoint_family", "endpoint", "bucket_width"),
            Column("group_by_version", "integer"),
            *_texts("usage_hash"),
            Column("revision", "integer"),
            *_instants("bucket_started_at", "bucket_ended_at"),
            *_texts("model", "upstream", "provider_project_id", "api_key_id", "service_tier"),
            Column("is_batch", "boolean"),
            *_bigints("byok_requests", "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens"),
            *_bigints("cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "requests"),
            Column("is_tombstone", "boolean"),
            *_instants("observed_at"),
        ),
        order="bucket_started_at, observation_id",
        month_of="bucket_started_at",
    ),
    SnapshotTable(
        "raw",
        "provider_totals",
        (
            *_bigints("account_id", "org_id"),
            *_texts("provider"),
            *_bigints("uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"),
            *_bigints("output_tokens", "requests"),
            Column("usage_date", "date"),
            *_instants("asked_at"),
        ),
        order="account_id, usage_date, asked_at",
    ),
    SnapshotTable(
        "raw",
        "provider_costs",
        (
            *_bigints("account_id", "org_id"),
            *_texts("provider", "currency"),
            *(Column(f"{kind}_cost_micros", "micro") for kind in ("token", "other")),
            Column("usage_date", "date"),
            *_instants("asked_at"),
        ),
        order="account_id, usage_date, asked_at",
    ),
    SnapshotTable("ops", "provider_accounts", (*_bigints("id", "org_id"), *_texts("provider")), order="id"),
    SnapshotTable(
        "ops",
        "connections",
        (*_bigints("id", "org_id", "account_id"), *_texts("provider", "label"), *_instants("deleted_at")),
        order="id",
    ),
    SnapshotTable(
        "ops",
        "projects",
        (*_bigints("id", "org_id"), *_texts("name"), Column("is_default", "boolean"), *_instants("archived_at")),
        order="id",
    ),
    SnapshotTable(
        "ops",
        "usage_streams",
        (
            *_bigints("id", "org_id", "account_id"),
            *_texts("endpoint_family", "endpoint", "bucket_width"),
            Column("group_by_version", "integer"),
            *_range("in_force", "date"),
        ),
        order="id",
    ),
    SnapshotTable(
        "ops",
        "workloads",
        (
            *_bigints("id", "org_id", "account_id"),
            *_texts("selector_kind", "selector_value"),
            *_bigints("project_id"),
            *_range("in_force", "instant"),
        ),
        order="id",
    ),
    SnapshotTable(
        "ops",
        "usage_corrections",
        (
            *_bigints("id", "org_id", "account_id"),
            *_texts("selector_kind", "selector_value"),
            *_range("span", "instant"),
            *_bigints("project_id"),
            *_instants("withdrawn_at"),
        ),
        order="id",
    ),
    SnapshotTable(
        "ops",
        "usage_touches",
        (*_bigints("arrival_id", "org_id", "account_id"), *_range("days", "date")),
        order="arrival_id",
    ),
    SnapshotTable(
        "ops",
        "model_classes",
        _texts("factor_version", "provider", "model", "model_class", "confidence"),
        order="factor_version, provider, model",
    ),
    SnapshotTable(
        "ops",
        "model_prices",
        (
            *_texts("provider", "model", "tier"),
            *_range("in_force", "date"),
            *(Column(f"{counter}_micro_usd_per_token", "micro") for counter in _COUNTERS),
        ),
        order="provider, model, tier, in_force",
    ),
    SnapshotTable(
        "ops",
        "billing_periods",
        (
            *_bigints("id", "org_id"),
            *_texts("funding", "state", "factor_version"),
            *_bigints("seal_arrival_id"),
            *_range("span", "instant"),
        ),
        order="id",
    ),
    SnapshotTable(
        "ops",
        "sealed_usage",
        (
            *_bigints("period_id", "origin_period_id", "org_id", "account_id", "project_id"),
            *_texts("usage_hash", "disposition", "project_name", "provider", "model", "model_class", "host"),
            *_texts("factor_version"),
            *_instants("bucket_started_at"),
            *_bigints("uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"),
            *_bigints("output_tokens", "requests"),
            *_micros("co2e_micrograms"),
            *_micros("energy_micro_wh"),
            *_instants("sealed_at"),
        ),
        order="bucket_started_at, period_id, usage_hash",
        month_of="bucket_started_at",
    ),
    SnapshotTable(
        "ops",
        "builds",
        (*_bigints("id"), *_texts("state"), *_bigints("from_arrival_id", "through_arrival_id")),
        order="id",
    ),
)
