"""Seal a period's usage: marts.fct_period_usage -> ops.sealed_usage, insert-only, one row a bucket and origin.

The marts may be sealed only if the last good build has seen everything of the organization: its last observation, its
last touch, its last seal. Under the exclusive ingest lock nothing is added while we look and copy.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from psycopg.types.range import Range

from billing.period import Period
from core.arrivals import lock_arrivals, stop_ingestion, touch_usage
from core.database import Connection, fetch_one

Disposition = Literal["billed", "waived"]


class Totals(NamedTuple):
    """Micrograms CO2e over all rows that a period sealed."""

    low: Decimal
    central: Decimal
    high: Decimal


def shut_and_look(connection: Connection, org_id: int) -> int | None:
    """Hold the ingest lock alone from now on. The last arrival that the marts have seen, if that is all; else None."""
    stop_ingestion(connection, org_id)
    build = connection.execute(
        "select through_arrival_id from ops.builds where state = 'succeeded'"
        " and to_regclass('marts.fct_period_usage') is not null order by id desc limit 1"
    ).fetchone()
    if build is None:
        return None
    through = int(build["through_arrival_id"])
    is_behind = fetch_one(
        connection,
        "select exists (select from raw.usage_observations where observation_id > %(through)s and org_id = %(org_id)s)"
        " or exists (select from ops.usage_touches where arrival_id > %(through)s and org_id = %(org_id)s)"
        " or exists (select from ops.billing_periods where seal_arrival_id > %(through)s and org_id = %(org_id)s)"
        " as is_behind",
        {"through": through, "org_id": org_id},
    )["is_behind"]
    return None if is_behind else through


def has_own_usage(connection: Connection, period: Period) -> bool:
    return bool(
        fetch_one(
            connection,
            "select exists (select from marts.fct_period_usage where org_id = %s and origin_period_id = %s"
            " and not is_adjustment) as found",
            [period.org_id, period.id],
        )["found"]
    )


def seal_usage(
    connection: Connection, period: Period, *, disposition: Disposition, with_adjustments: bool, now: datetime
) -> Totals:
    """Copy the period's own usage and, if asked, every adjustment of the organization that no close has stated yet."""
    connection.execute(
        """
        insert into ops.sealed_usage (
            period_id, usage_hash, origin_period_id, org_id, disposition, account_id, project_id, project_name,
            provider, model, model_class, host, factor_version, bucket_started_at, uncached_input_tokens,
            cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, requests,
            co2e_micrograms_low, co2e_micrograms_central, co2e_micrograms_high, energy_micro_wh_low,
            energy_micro_wh_central, energy_micro_wh_high, sealed_at
        )
        select
            %(period_id)s, usage.usage_hash, usage.origin_period_id, usage.org_id, %(disposition)s, usage.account_id,
            usage.project_id, project.name, usage.provider, usage.model, usage.model_class, usage.host,
            usage.factor_version, usage.bucket_started_at, usage.uncached_input_tokens, usage.cache_read_tokens,
            usage.cache_write_5m_tokens, usage.cache_write_1h_tokens, usage.output_tokens, usage.requests,
            usage.co2e_micrograms_low, usage.co2e_micrograms_central, usage.co2e_micrograms_high,
            usage.energy_micro_wh_low, usage.energy_micro_wh_central, usage.energy_micro_wh_high, %(now)s
        from marts.fct_period_usage as usage
        left join ops.projects as project on project.org_id = usage.org_id and project.id = usage.project_id
        where usage.org_id = %(org_id)s and case
            when usage.is_adjustment then %(with_adjustments)s else usage.origin_period_id = %(period_id)s
        end
        """,
        {
            "period_id": period.id,
            "org_id": period.org_id,
            "disposition": disposition,
            "with_adjustments": with_adjustments,
            "now": now,
        },
    )
    row = fetch_one(
        connection,
        "select coalesce(sum(co2e_micrograms_low), 0) as low, coalesce(sum(co2e_micrograms_central), 0) as central,"
        " coalesce(sum(co2e_micrograms_high), 0) as high from ops.sealed_usage where period_id = %s",
        [period.id],
    )
    return Totals(**row)


def draw_seal(connection: Connection, period: Period, *, now: datetime) -> int:
    """The seal's place among arrivals; the days of what it sealed are touched, so that the next build sees it.

    Takes the arrival lock: last in the transaction.
    """
    rows = connection.execute(
        "select account_id, unnest(range_agg(daterange(day, day + 1))) as days from ("
        " select distinct account_id, cast(bucket_started_at at time zone 'UTC' as date) as day"
        " from ops.sealed_usage where period_id = %s) as sealed_days group by account_id order by account_id",
        [period.id],
    ).fetchall()
    lock_arrivals(connection)
    seal = fetch_one(connection, "select nextval('ops.arrivals') as id")
    for row in rows:
        days: Range[date] = row["days"]
        touch_usage(connection, org_id=period.org_id, account_id=row["account_id"], days=days, cause="seal", now=now)
    return int(seal["id"])
