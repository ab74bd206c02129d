"""What a token of a model costs by the public price list of `genai-prices`, over spans of days. Pure.

Prices are micro-US-dollars per token, which is what lists call dollars per million tokens. Only what is listed counts:
the package answers the standard price for a tier that it does not know, and 0 for a counter without one; here both are
None, a hole that is shown. Prices that depend on what our counters do not hold are holes too: the modality of tokens,
the time of day, so much a request. Of prices that depend on a prompt's length the one for short prompts is taken.

Importing this takes a second: only who resolves a new model does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

STANDARD = "standard"
_CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}
"""Other tiers as providers call them in usage, and as the list knows them."""

_OF_TOKENS = {"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok"}
_OF_WRITES = {"cache_write_5m_mtok", "cache_write_1h_mtok"}
_BESIDE_TOKENS = {"web_searches_kcount", "storage_searches_kcount", "code_executions_kcount"}
_DIGITS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """Micro-US-dollars per token of each counter; None: no price is known."""

    uncached_input: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    output: Decimal | None = None


NOT_LISTED = TokenPrices()


@dataclass(frozen=True, slots=True)
class PriceSpan:
    """Prices of one tier over the days [from_day, until_day); None: without an end on that side."""

    tier: str
    from_day: date | None
    until_day: date | None
    prices: TokenPrices


def price_spans(provider: str, model: str) -> Sequence[PriceSpan]:
    """The standard prices over all of time, and those of each tier that the list has for the model, by tier and day.

    A model that is not listed has one span of holes. Spans of one tier never overlap; where the list has no price of a
    tier there is none. `provider` and `model` are as the usage has them.
    """
    try:
        info = get_snapshot().find_provider_model(model, None, provider, None)[1]
    except LookupError:
        return [PriceSpan(STANDARD, None, None, NOT_LISTED)]
    ends = [None, *sorted(set(_starts(info))), None]
    spans: list[PriceSpan] = []
    for tier in (STANDARD, *_CONTEXTS):
        for from_day, until_day in pairwise(ends):
            prices = _prices_on(info, tier, from_day or date.min)
            if prices is None:
                continue
            last = spans[-1] if spans else None
            if last and (last.tier, last.until_day, last.prices) == (tier, from_day, prices):
                spans[-1] = replace(last, until_day=until_day)
            else:
                spans.append(PriceSpan(tier, from_day, until_day, prices))
    return spans


def _starts(info: ModelInfo) -> Iterator[date]:
    for each in (*_conditional(info), *(info.price_variants or ())):
        if isinstance(each.constraint, StartDateConstraint):
            yield each.constraint.start_date


def _prices_on(info: ModelInfo, tier: str, day: date) -> TokenPrices | None:
    """None: the list has no price of this tier on this day."""
    noon = datetime.combine(day, time(12), UTC)
    if any(isinstance(each.constraint, TimeOfDateConstraint) for each in _conditional(info)):
        return NOT_LISTED
    if tier == STANDARD:
        return _by_counter(info.get_prices(noon))
    if not any(_applies(variant, tier, noon) for variant in info.price_variants or ()):
        return None
    return _by_counter(info.get_prices(noon, dict(_CONTEXTS[tier])))


def _conditional(info: ModelInfo) -> Sequence[ConditionalPrice]:
    return info.prices if isinstance(info.prices, list) else ()


def _applies(variant: PriceVariant, tier: str, noon: datetime) -> bool:
    return variant.when == _CONTEXTS[tier] and (variant.constraint is None or variant.constraint.active(noon))


def _by_counter(listed: ModelPrice) -> TokenPrices:
    """A cache counter without a price of its own costs what the wider counter does: so the package adds them up."""
    prices = {key: _for_short_prompts(price) for key, price in listed.__dict__.items() if price is not None}
    if any(_parts_a_counter(key, prices) for key in prices):
        return NOT_LISTED
    standard = prices.get("input_mtok")
    write = prices.get("cache_write_mtok", standard)
    return TokenPrices(
        uncached_input=standard,
        cache_read=prices.get("cache_read_mtok", standard),
        cache_write_5m=prices.get("cache_write_5m_mtok", write),
        cache_write_1h=prices.get("cache_write_1h_mtok", write),
        output=prices.get("output_mtok"),
    )


def _parts_a_counter(key: str, prices: Mapping[str, Decimal]) -> bool:
    """Whether this price is of something that our counters do not tell apart, and is not the rest's price too."""
    if key in _OF_TOKENS | _OF_WRITES | _BESIDE_TOKENS:
        return False
    whole = "output_mtok" if key.startswith("output") else "cache_read_mtok" if "read" in key else "input_mtok"
    return not key.endswith("_mtok") or prices[key] != prices.get(whole)


def _for_short_prompts(price: Decimal | TieredPrices) -> Decimal:
    per_million = price.base if isinstance(price, TieredPrices) else price
    return per_million.quantize(_DIGITS, rounding=ROUND_HALF_EVEN)
