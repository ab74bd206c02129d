"""ops.model_prices: what tokens of each model that any provider ever reported cost, by tier, over days.

Resolved once per model and price list, in Python: the list matches names by rules that no SQL should repeat.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from core.database import Connection

if TYPE_CHECKING:
    from warehouse.price_list import PriceSpan

_RULES = 1
"""How price_list.py reads the list: count it up with a change, and every model is resolved anew."""

PRICE_LIST = f"genai-prices {version('genai-prices')}"
"""As pages and answers name it."""

_RESOLVED_BY = f"{PRICE_LIST}/{_RULES}"


def resolve_new_prices(connection: Connection, *, now: datetime) -> int:
    """Price every model that has a class and is not priced by this list; returns how many there were."""
    rows = connection.execute(
        "select distinct provider, model from ops.model_classes as seen where not exists"
        " (select from ops.model_prices as known where known.provider = seen.provider and known.model = seen.model"
        " and known.price_list = %s) order by provider, model",
        [_RESOLVED_BY],
    ).fetchall()
    models = [(str(row["provider"]), str(row["model"])) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany("delete from ops.model_prices where provider = %s and model = %s", models)
        cursor.executemany(
            "insert into ops.model_prices (provider, model, tier, in_force, price_list,"
            " uncached_input_micro_usd_per_token, cache_read_micro_usd_per_token, cache_write_5m_micro_usd_per_token,"
            " cache_write_1h_micro_usd_per_token, output_micro_usd_per_token, resolved_at)"
            " values (%s, %s, %s, daterange(%s, %s), %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    provider, model, span.tier, span.from_day, span.until_day, _RESOLVED_BY,
                    span.prices.uncached_input, span.prices.cache_read, span.prices.cache_write_5m,
                    span.prices.cache_write_1h, span.prices.output, now,
                )
                for provider, model, span in spans_of(models)
            ],
        )  # fmt: skip
    return len(models)


def spans_of(models: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, "PriceSpan"]]:
    """Every span of every (provider, model). The list is imported for the first of them: it takes a second."""
    for provider, model in models:
        from warehouse.price_list import price_spans  # noqa: PLC0415 - most builds have no new model and no second

        for span in price_spans(provider, model):
            yield provider, model, span
