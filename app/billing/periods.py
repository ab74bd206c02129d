"""Billing periods as people see them: span, state, payment, what was measured and covered, and how it got there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.billing.period_lines import PeriodLine, is_built, open_lines, sealed_lines
from app.telemetry.measures import Estimate
from billing.period import PeriodState
from core.database import Connection, Database
from core.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class PeriodView:
    """[started_at, ended_at); None: since ever, until further notice. Masses are micrograms, None before they are
    stated; `co2e` of an open period is what the last build has of it so far. `receipt_serial` is its newest receipt's,
    which may still be in preparation.
    """

    id: int
    tier: str
    funding: str
    state: PeriodState
    failure: str | None
    started_at: datetime | None
    ended_at: datetime | None
    factor_version: str
    coverage_grams: int
    paid_at: datetime | None
    close_at: datetime | None
    frozen_at: datetime | None
    closed_at: datetime | None
    has_usage_data: bool | None
    carry_in_micrograms: Decimal | None
    carry_out_micrograms: Decimal | None
    not_covered_micrograms: Decimal | None
    retire_grams: int | None
    known_hours: int | None
    missing_hours: int | None
    holes: Sequence[tuple[datetime, datetime]]
    co2e: Estimate | None
    receipt_serial: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """One change of state. `actor` is who or what made it."""

    version: int
    from_state: str | None
    to_state: str
    cause: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PeriodDetail:
    period: PeriodView
    lines: list[PeriodLine]
    adjustments: list[PeriodLine]
    moves: list[Move]


_PERIOD = (
    "select id, tier, funding, state, failure, lower(span) as started_at, upper(span) as ended_at, factor_version,"
    " coverage_grams, paid_at, close_at, frozen_at, closed_at, has_usage_data, carry_in_micrograms,"
    " carry_out_micrograms, not_covered_micrograms, retire_grams, known_hours, missing_hours, holes,"
    " co2e_micrograms_low, co2e_micrograms_central, co2e_micrograms_high, seal_arrival_id is not null as is_sealed,"
    " (select receipt.serial from ops.receipts as receipt where receipt.period_id = billing_periods.id"
    "  order by receipt.version desc limit 1) as receipt_serial"
    " from ops.billing_periods"
)


def list_periods(database: Database, org_id: int) -> list[PeriodView]:
    """In order of time."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(f"{_PERIOD} order by lower(span) nulls first".encode()).fetchall()
        so_far = _so_far(connection)
    return [_view(row, so_far.get(row["id"])) for row in rows]


def period_detail(database: Database, org_id: int, period_id: int) -> PeriodDetail:
    """Raises NotFoundError for a period that is none of the organization's."""
    with database.tenant(org_id) as connection:
        row = connection.execute(f"{_PERIOD} where id = %s".encode(), [period_id]).fetchone()
        if row is None:
            raise NotFoundError("There is no such period.")
        lines = sealed_lines(connection, period_id) if row["is_sealed"] else open_lines(connection, period_id)
        moves = connection.execute(
            "select version, from_state, to_state, cause, actor, at from ops.billing_period_moves"
            " where period_id = %s order by version",
            [period_id],
        ).fetchall()
        so_far = _so_far(connection)
    return PeriodDetail(
        period=_view(row, so_far.get(period_id)),
        lines=[line for line in lines if not line.is_adjustment],
        adjustments=[line for line in lines if line.is_adjustment],
        moves=[Move(**move) for move in moves],
    )


def after_final_close(database: Database, org_id: int) -> list[PeriodLine]:
    """Adjustments that no period carries, because no paid one follows."""
    with database.tenant(org_id) as connection:
        return open_lines(connection, None)


def _so_far(connection: Connection) -> dict[int, Estimate]:
    """What unsealed periods have as last built."""
    if not is_built(connection):
        return {}
    rows = connection.execute(
        "select period_id, sum(co2e_micrograms_low) as low, sum(co2e_micrograms_central) as central,"
        " sum(co2e_micrograms_high) as high from marts.fct_period_lines"
        " where not is_sealed and period_id is not null group by period_id"
    ).fetchall()
    return {
        row["period_id"]: Estimate(row["low"], row["central"], row["high"]) for row in rows if row["low"] is not None
    }


def _view(row: dict[str, Any], so_far: Estimate | None) -> PeriodView:
    bounds = [row.pop(f"co2e_micrograms_{bound}") for bound in ("low", "central", "high")]
    holes = row.pop("holes")
    is_sealed = row.pop("is_sealed")
    stated = None if None in bounds else Estimate(*bounds)
    return PeriodView(
        **row, co2e=stated if is_sealed else so_far, holes=[(hole.lower, hole.upper) for hole in holes or ()]
    )
