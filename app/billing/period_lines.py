"""The lines of billing periods: what they state by project, model and class, and what they carry for earlier periods.

A sealed period's lines are what its close wrote (ops.sealed_usage); an open one's are the marts' as last built. Masses
are micrograms CO2e, energies micro-Wh, exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from app.telemetry.measures import COUNTERS, Estimate
from app.telemetry.names import read_names
from core.database import Connection

_KEYS = ("origin_period_id", "project_id", "provider", "model", "model_class", "host", "factor_version")
_ESTIMATES = ("co2e_micrograms", "energy_micro_wh")
_BOUNDS = ("low", "central", "high")


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """`is_adjustment`: a difference to what its origin's close stated, so counts and masses may be negative."""

    origin_period_id: int
    is_adjustment: bool
    project_id: int
    project_name: str
    provider: str
    model: str | None
    model_class: str
    host: str
    factor_version: str
    usage_rows: int
    counters: dict[str, int | None]
    co2e: Estimate | None
    energy: Estimate | None


def sealed_lines(connection: Connection, period_id: int) -> list[PeriodLine]:
    """As the close stated them; a project has the name that it had then."""
    source = sql.SQL(
        "(select *, 1 as usage_rows, period_id <> origin_period_id as is_adjustment from ops.sealed_usage"
        " where period_id = %s) as line"
    )
    return _lines(connection, source, [period_id], ("project_name",))


def open_lines(connection: Connection, period_id: int | None) -> list[PeriodLine]:
    """As last built; None: of no period, because usage changed after the last paid period of its account was closed."""
    if not is_built(connection):
        return []
    source = sql.SQL(
        "(select * from marts.fct_period_lines where not is_sealed and period_id is not distinct from %s) as line"
    )
    return _lines(connection, source, [period_id], ())


def is_built(connection: Connection) -> bool:
    """The first build with billing makes the mart."""
    row = connection.execute("select to_regclass('marts.fct_period_lines') is not null as is_built").fetchone()
    return bool(row and row["is_built"])


def _lines(
    connection: Connection, source: sql.Composable, parameters: Sequence[Any], more_keys: tuple[str, ...]
) -> list[PeriodLine]:
    keys = sql.SQL(", ").join(map(sql.Identifier, (*_KEYS, "is_adjustment", *more_keys)))
    summed = [*COUNTERS, *(f"{name}_{bound}" for name in _ESTIMATES for bound in _BOUNDS)]
    sums = sql.SQL(", ").join(sql.SQL("sum({0}) as {0}").format(sql.Identifier(name)) for name in summed)
    query = sql.SQL(
        "select {keys}, sum(usage_rows) as usage_rows, {sums} from {source} group by {keys} order by {keys}"
    )
    rows = connection.execute(query.format(keys=keys, sums=sums, source=source), parameters).fetchall()
    names = read_names(connection).projects
    return [
        PeriodLine(
            **{key: row[key] for key in _KEYS},
            is_adjustment=row["is_adjustment"],
            project_name=row.get("project_name") or names[row["project_id"]],
            usage_rows=int(row["usage_rows"]),
            counters={name: None if row[name] is None else int(row[name]) for name in COUNTERS},
            co2e=_estimate(row, "co2e_micrograms"),
            energy=_estimate(row, "energy_micro_wh"),
        )
        for row in rows
    ]


def _estimate(row: dict[str, Any], name: str) -> Estimate | None:
    bounds = [row[f"{name}_{bound}"] for bound in _BOUNDS]
    return None if None in bounds else Estimate(*bounds)
