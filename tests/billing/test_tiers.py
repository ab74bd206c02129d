"""The tiers as they are sold, and as Stripe's prices have them."""

import pytest

from billing.errors import PriceMissingError, UnknownPriceError
from billing.stripe_gateway import StripeGateway
from billing.tiers import TIERS, is_ours, tier_of_price
from tests.stripe_process import API_KEY, StripeSandbox


def test_what_is_sold() -> None:
    assert {code: (tier.monthly_cents, tier.coverage_grams) for code, tier in TIERS.items()} == {
        "free": (0, 0),
        "starter": (2_900, 250_000),
        "growth": (9_900, 1_000_000),
        "scale": (29_900, 5_000_000),
        "enterprise": (None, 5_000_000),
    }
    assert all(tier.code == code for code, tier in TIERS.items())


def test_the_prices_are_what_our_pages_say(stripe_sandbox: StripeSandbox) -> None:
    stripe_sandbox.reset()
    gateway = StripeGateway(API_KEY, api_base=stripe_sandbox.url)
    for tier in TIERS.values():
        for interval, lookup_key in tier.lookup_keys.items():
            price = gateway.price_of(lookup_key)
            assert price.interval == {"monthly": "month", "annual": "year"}[interval]
            assert interval == "annual" or price.unit_amount_cents == tier.monthly_cents
            assert tier_of_price(lookup_key) is tier
    with pytest.raises(PriceMissingError):
        gateway.price_of("carbonledger_enterprise_monthly")
    gateway.close()


def test_a_price_is_ours_by_its_lookup_key() -> None:
    assert tier_of_price("carbonledger_starter_trial") is TIERS["starter"]
    assert not is_ours(None)
    assert not is_ours("somebody_elses")
    with pytest.raises(UnknownPriceError):
        tier_of_price("somebody_elses")
