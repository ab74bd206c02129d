"""What is measured of a set of usage rows: tokens, requests, CO2e and energy, each with what is known of it.

Names and units are the marts': micrograms CO2e and micro-Wh, exact. A sum over rows that a provider does not report, or
that have no estimate (class NA), is None; where only some rows are known, `known_rows` says how many of `usage_rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from psycopg import sql

from app.telemetry.grouping import ROLLUPS, Mart
from core.units import scaled_by_a_millionth

COUNTERS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "requests",
)
_KNOWN_ROWS = {counter: f"{counter.removesuffix('_tokens')}_known_rows" for counter in COUNTERS}
_TOKEN_COUNTERS = [sql.Identifier(counter) for counter in COUNTERS if counter.endswith("_tokens")]
TOKENS = sql.SQL("case when coalesce({tokens}) is not null then {sum} end").format(
    tokens=sql.SQL(", ").join(_TOKEN_COUNTERS),
    sum=sql.SQL(" + ").join(sql.SQL("coalesce({}, 0)").format(counter) for counter in _TOKEN_COUNTERS),
)
"""All tokens of a mart's row, input and output; NULL where the provider reports none of them."""

SUM_OF_TOKENS = sql.SQL("case when coalesce({tokens}) is not null then {sum} end").format(
    tokens=sql.SQL(", ").join(sql.SQL("sum({})").format(counter) for counter in _TOKEN_COUNTERS),
    sum=sql.SQL(" + ").join(sql.SQL("coalesce(sum({}), 0)").format(counter) for counter in _TOKEN_COUNTERS),
)
"""The same over a group of rows: what `Measures.tokens` is."""

EMITTERS = ("uncached_input", "cache_read", "cache_write", "output")
"""The counters as emission factors know them; both cache writes share one."""

_ESTIMATES = (
    "co2e_micrograms",
    "energy_micro_wh",
    "avoided_by_cache_micrograms",
    *(f"{emitter}_co2e_micrograms" for emitter in EMITTERS),
)
_COLUMNS_OF = {name: (f"{name}_low", f"{name}_central", f"{name}_high") for name in _ESTIMATES}


class Estimate(NamedTuple):
    """Low, central and high of a mass in micrograms CO2e or an energy in micro-Wh."""

    low: Decimal
    central: Decimal
    high: Decimal

    def scaled(self) -> dict[str, str]:
        """The same in grams or Wh, as exact decimal text."""
        return {
            "low": scaled_by_a_millionth(self.low),
            "central": scaled_by_a_millionth(self.central),
            "high": scaled_by_a_millionth(self.high),
        }


@dataclass(frozen=True, slots=True)
class Measures:
    counters: Mapping[str, int | None]
    known_rows: Mapping[str, int]
    co2e: Estimate | None
    energy: Estimate | None
    avoided_by_cache: Estimate | None
    co2e_by_counter: Mapping[str, Estimate | None]
    usage_rows: int
    unestimated_usage_rows: int
    unknown_model_usage_rows: int

    @property
    def tokens(self) -> int | None:
        """All tokens, input and output; None where the providers report none of them."""
        known = [count for name, count in self.counters.items() if name.endswith("_tokens") and count is not None]
        return sum(known) if known else None


NOTHING = Measures(
    counters=dict.fromkeys(COUNTERS),
    known_rows=dict.fromkeys(COUNTERS, 0),
    co2e=None,
    energy=None,
    avoided_by_cache=None,
    co2e_by_counter=dict.fromkeys(EMITTERS),
    usage_rows=0,
    unestimated_usage_rows=0,
    unknown_model_usage_rows=0,
)
"""The measures of no row at all: nothing is known, and that is not zero."""


def estimate_columns() -> list[str]:
    """Every column of a mart that holds a bound of an estimate."""
    return [column for columns in _COLUMNS_OF.values() for column in columns]


def measure_columns(mart: Mart) -> sql.Composable:
    """The select list that `measures` reads, as sums over a group of the mart's rows."""
    rows = sql.SQL("count(*)") if mart == "fct_usage" else sql.SQL("sum(usage_rows)")
    columns = [sql.SQL("{} as usage_rows").format(rows)]
    for name, model_class in (("unestimated_usage_rows", "NA"), ("unknown_model_usage_rows", "UNK")):
        of_class = (
            sql.SQL("sum({})").format(sql.Identifier(name))
            if mart in ROLLUPS
            else sql.SQL("{} filter (where model_class = {})").format(rows, model_class)
        )
        columns.append(sql.SQL("{} as {}").format(of_class, sql.Identifier(name)))
    for counter in COUNTERS:
        known = _KNOWN_ROWS[counter]
        columns.append(sql.SQL("sum({0}) as {0}").format(sql.Identifier(counter)))
        columns.append(
            sql.SQL("count({}) as {}").format(sql.Identifier(counter), sql.Identifier(known))
            if mart == "fct_usage"
            else sql.SQL("sum({0}) as {0}").format(sql.Identifier(known))
        )
    columns.extend(sql.SQL("sum({0}) as {0}").format(sql.Identifier(name)) for name in estimate_columns())
    return sql.SQL(", ").join(columns)


def measures(row: Mapping[str, Any]) -> Measures:
    """From a row of `measure_columns`."""
    return Measures(
        counters={counter: _whole(row[counter]) for counter in COUNTERS},
        known_rows={counter: int(row[_KNOWN_ROWS[counter]] or 0) for counter in COUNTERS},
        co2e=estimate(row, "co2e_micrograms"),
        energy=estimate(row, "energy_micro_wh"),
        avoided_by_cache=estimate(row, "avoided_by_cache_micrograms"),
        co2e_by_counter={emitter: estimate(row, f"{emitter}_co2e_micrograms") for emitter in EMITTERS},
        usage_rows=int(row["usage_rows"]),
        unestimated_usage_rows=int(row["unestimated_usage_rows"] or 0),
        unknown_model_usage_rows=int(row["unknown_model_usage_rows"] or 0),
    )


def estimate(row: Mapping[str, Any], name: str) -> Estimate | None:
    """The three columns `name_low`, `name_central`, `name_high`; None where they are NULL."""
    low, central, high = _COLUMNS_OF[name]
    if row[central] is None:
        return None
    return Estimate(row[low], row[central], row[high])


def _whole(value: Decimal | int | None) -> int | None:
    return None if value is None else int(value)
