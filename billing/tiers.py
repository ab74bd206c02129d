"""The tiers, as they are sold. The one file to review when a price, a coverage or a feature changes.

Stripe holds the prices themselves, found by their lookup keys; `monthly_cents` is what our pages say, and a test holds
the two against each other at the sandbox. Enterprise is sold by talking to us, so it has no price here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from billing.errors import UnknownPriceError

TierCode = Literal["free", "starter", "growth", "scale", "enterprise"]
PaidTierCode = Literal["starter", "growth", "scale"]
Interval = Literal["monthly", "annual"]


@dataclass(frozen=True, slots=True)
class Tier:
    """`coverage_grams` of CO2e a calendar month are covered by retired credits; what lies above is not covered."""

    code: TierCode
    name: str
    monthly_cents: int | None
    lookup_keys: Mapping[Interval, str]
    coverage_grams: int
    features: tuple[str, ...]


_MEASURING = (
    "Usage of OpenAI, Anthropic and OpenRouter, polled every hour",
    "Emissions with a range, by model, project and day",
    "Dashboard and API",
)
_COVERING = "Credits retired for each month of usage, up to the coverage"

TIERS: Mapping[TierCode, Tier] = {
    "free": Tier("free", "Free", 0, {}, 0, _MEASURING),
    "starter": Tier(
        "starter",
        "Starter",
        29_00,
        {"monthly": "carbonledger_starter_monthly", "annual": "carbonledger_starter_annual"},
        250_000,
        (*_MEASURING, _COVERING),
    ),
    "growth": Tier(
        "growth",
        "Growth",
        99_00,
        {"monthly": "carbonledger_growth_monthly", "annual": "carbonledger_growth_annual"},
        1_000_000,
        (*_MEASURING, _COVERING),
    ),
    "scale": Tier(
        "scale",
        "Scale",
        299_00,
        {"monthly": "carbonledger_scale_monthly", "annual": "carbonledger_scale_annual"},
        5_000_000,
        (*_MEASURING, _COVERING),
    ),
    "enterprise": Tier(
        "enterprise", "Enterprise", None, {}, 5_000_000, (*_MEASURING, _COVERING, "A coverage of your own: talk to us")
    ),
}

_TRIAL_KEYS: Mapping[str, TierCode] = {"carbonledger_starter_trial": "starter"}
_TIER_OF_KEY: Mapping[str, TierCode] = {
    **{key: tier.code for tier in TIERS.values() for key in tier.lookup_keys.values()},
    **_TRIAL_KEYS,
}


def tier_of_price(lookup_key: str) -> Tier:
    """The tier that a price pays for. Raises UnknownPriceError for a price that is none of ours."""
    code = _TIER_OF_KEY.get(lookup_key)
    if code is None:
        raise UnknownPriceError(lookup_key)
    return TIERS[code]


def tier_by_code(code: str) -> Tier:
    """The tier that a column of ours names. Raises KeyError for a name that no column can hold."""
    return {str(tier.code): tier for tier in TIERS.values()}[code]


def is_ours(lookup_key: str | None) -> bool:
    return lookup_key in _TIER_OF_KEY
