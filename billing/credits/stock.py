"""How long the stock lasts: what waiting and open periods will need, beside what is there."""

from dataclasses import dataclass
from datetime import datetime

from core.database import Connection, fetch_one
from core.outbox import enqueue

_STOCK = """
    select
        cast(coalesce(sum(free_grams), 0) as bigint) as free_grams,
        cast(coalesce(sum(ordered_grams), 0) as bigint) as ordered_grams,
        cast(coalesce(sum(held_grams), 0) as bigint) as held_grams
    from ops.credit_balances
"""
_WAITING = "select cast(coalesce(sum(lacking_grams), 0) as bigint) as grams from ops.periods_lacking_grams"
# A period that runs goes on as it did so far; one that has ended counts what it has. None needs more than its coverage.
_EXPECTED = """
    with so_far as (
        select
            period.coverage_grams,
            extract(epoch from upper(period.span) - lower(period.span)) as seconds,
            extract(epoch from least(upper(period.span), %(now)s) - lower(period.span)) as seconds_gone,
            (
                select sum(line.co2e_micrograms_central) from marts.fct_period_lines as line
                where line.org_id = period.org_id and line.period_id = period.id
            ) as micrograms
        from ops.billing_periods as period
        where period.funding = 'paid' and period.state in ('open', 'awaiting_payment', 'failed', 'reconciling')
            and lower(period.span) < %(now)s
    )
    select cast(coalesce(sum(least(
        coverage_grams, greatest(0, ceil(coalesce(micrograms, 0) * seconds / seconds_gone / 1000000))
    )), 0) as bigint) as grams
    from so_far
"""


@dataclass(frozen=True, slots=True)
class StockForecast:
    """Grams. `expected_grams` is what the paid periods that are not frozen yet will retire; None before any build."""

    free_grams: int
    ordered_grams: int
    held_grams: int
    waiting_grams: int
    expected_grams: int | None

    @property
    def supply_grams(self) -> int:
        return self.free_grams + self.ordered_grams + self.held_grams

    @property
    def lacking_grams(self) -> int:
        return max(0, self.waiting_grams + (self.expected_grams or 0) - self.supply_grams)


def stock_forecast(connection: Connection, *, now: datetime) -> StockForecast:
    """The stock at this moment and what it has to serve; a worker's connection."""
    built = fetch_one(connection, "select to_regclass('marts.fct_period_lines') is not null as there")["there"]
    expected = fetch_one(connection, _EXPECTED, {"now": now})["grams"] if built else None
    stock = fetch_one(connection, _STOCK)
    return StockForecast(waiting_grams=fetch_one(connection, _WAITING)["grams"], expected_grams=expected, **stock)


def warn_of_low_stock(connection: Connection, *, now: datetime) -> StockForecast:
    """The forecast; where it lacks grams, operators are told: once a month, and again after too small an import."""
    forecast = stock_forecast(connection, now=now)
    if forecast.lacking_grams > 0:
        newest = fetch_one(connection, "select coalesce(max(id), 0) as id from ops.credit_blocks")["id"]
        enqueue(
            connection, org_id=None, dedupe_key=f"low-stock:{now:%Y-%m}:{newest}", channel="operator", recipient=None,
            title=f"Credits for {forecast.lacking_grams:,} g will be lacking", now=now,
            body=f"{forecast.waiting_grams:,} g wait and {forecast.expected_grams or 0:,} g are expected of open ones;"
            f" {forecast.free_grams:,} g are retired and free, {forecast.ordered_grams:,} g ordered,"
            f" {forecast.held_grams:,} g held.\nBuy credits and take them in: carbonledger-server credits import FILE",
        )  # fmt: skip
    return forecast
