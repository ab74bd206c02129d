"""The mart of costs, worked out by hand: tokens by their prices, to a millionth of a micro-dollar, and the holes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.database import Database
from tests.warehouse.world import SOME_HOUR, Tenant, a_tenant, build_now
from warehouse.costs import DayCosts, over_days, read_costs
from warehouse.model_prices import resolve_new_prices

pytestmark = pytest.mark.database

DAY = SOME_HOUR.date()
TOKENS: dict[str, Any] = {
    "uncached_input_tokens": 1_001,
    "cache_read_tokens": 20_003,
    "cache_write_5m_tokens": 307,
    "cache_write_1h_tokens": 11,
    "output_tokens": 499,
}
ALL_TOKENS = sum(TOKENS.values())
# 1,001 × 5 + 20,003 × 0.5 + 307 × 6.25 + 11 × 10 + 499 × 25, dollars per million tokens of Claude Opus 4.8.
AT_LIST_PRICE = Decimal(5005) + Decimal("10001.5") + Decimal("1918.75") + Decimal(110) + Decimal(12475)


def costs(tenant: Tenant) -> list[DayCosts]:
    with tenant.database.tenant(tenant.org_id) as connection:
        return read_costs(connection, since=DAY - timedelta(days=30))


def test_each_counter_is_priced_by_its_own_price_and_what_has_none_is_a_hole(shared_database: Database) -> None:
    tenants = {name: a_tenant(shared_database, name) for name in ("priced", "unpriced", "silent")}
    for name, tenant in tenants.items():
        account = tenant.account("anthropic")
        tenant.say_totals(account, DAY, output_tokens=1)
        if name != "silent":
            tenant.say_costs(account, DAY, Decimal("44265.375"), other_micros=12)
        usage = {"priced": "claude-opus-4-8", "unpriced": "research-preview-11", "silent": "claude-opus-4-8"}[name]
        tenant.observe(account, model=usage, service_tier="standard", is_batch=False, **TOKENS)
        tenant.observe(account, model=usage, service_tier="batch", is_batch=True, **TOKENS)
    priority = {"model": "claude-opus-4-8", "service_tier": "priority", "provider_project_id": "another"}
    tenants["priced"].observe(tenants["priced"].accounts[0], **priority, **TOKENS)
    nameless = {"model": None, "bucket_started_at": SOME_HOUR - timedelta(hours=1)}
    tenants["priced"].observe(tenants["priced"].accounts[0], **nameless, output_tokens=7)
    build_now(shared_database)

    (priced,) = costs(tenants["priced"])
    assert Decimal("29510.25") == AT_LIST_PRICE
    assert priced.priced_micro_usd == AT_LIST_PRICE + AT_LIST_PRICE / 2
    assert (priced.priced_tokens, priced.unpriced_tokens) == (2 * ALL_TOKENS, ALL_TOKENS + 7)
    assert (priced.provider_micro_usd, priced.other_micro_usd) == (Decimal("44265.375"), Decimal(12))
    assert over_days([priced]).share == 0

    (unpriced,) = costs(tenants["unpriced"])
    assert (unpriced.priced_micro_usd, unpriced.unpriced_tokens) == (Decimal(0), 2 * ALL_TOKENS)
    assert over_days([unpriced]).state == "incomplete"

    (silent,) = costs(tenants["silent"])
    assert (silent.priced_micro_usd, silent.provider_micro_usd) == (priced.priced_micro_usd, None)
    assert over_days([silent]).state == "unknown"


def test_another_currency_is_shown_and_not_compared(shared_database: Database) -> None:
    tenant = a_tenant(shared_database)
    account = tenant.account("openai")
    tenant.say_costs(account, DAY, Decimal(5), currency="EUR")
    build_now(shared_database)
    (day,) = costs(tenant)
    assert (day.currency, day.provider_micro_usd, day.priced_micro_usd) == ("EUR", None, Decimal(0))


def test_a_model_is_priced_once_per_price_list(shared_database: Database) -> None:
    tenant = a_tenant(shared_database)
    tenant.observe(tenant.account("anthropic"), model="claude-haiku-4-5-20251001", output_tokens=1)
    build_now(shared_database)
    with shared_database.worker() as connection:
        assert resolve_new_prices(connection, now=SOME_HOUR) == 0
        connection.execute("delete from ops.model_prices where model = 'claude-haiku-4-5-20251001'")
        assert resolve_new_prices(connection, now=SOME_HOUR) == 1
        assert resolve_new_prices(connection, now=SOME_HOUR) == 0


@pytest.mark.parametrize(
    ("ours", "providers", "unpriced_tokens", "share", "state"),
    [
        ("105", "100", 0, "0.05", "within"),
        ("105.000001", "100", 0, "0.05000001", "beyond"),
        ("94", "100", 0, "-0.06", "beyond"),
        ("94", "100", 1, "-0.06", "incomplete"),  # the unpriced tokens may well be the rest
        ("106", "100", 1, "0.06", "beyond"),  # they can only add to it
        ("0", "0", 0, "0", "within"),
        ("1", "0", 0, None, "beyond"),
    ],
)
def test_a_difference_is_judged_by_the_tolerance_and_by_what_has_no_price(
    ours: str, providers: str, unpriced_tokens: int, share: str | None, state: str
) -> None:
    day = DayCosts(
        account_id=1,
        usage_date=DAY,
        currency="USD",
        priced_micro_usd=Decimal(ours),
        priced_tokens=10,
        unpriced_tokens=unpriced_tokens,
        provider_micro_usd=Decimal(providers),
        other_micro_usd=Decimal(0),
        asked_at=SOME_HOUR,
    )
    span = over_days([day])
    assert (span.share, span.state) == (None if share is None else Decimal(share), state)
