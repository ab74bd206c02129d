"""From the click to the retired grams: bought at Stripe's page, told by webhooks, used, built, closed. Scenarios 3, 4
and 25."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from core.database import Database, DatabaseUrls
from core.settings import Settings
from tests.app.tenants import PUBLIC_URL, Tenant
from tests.app.usage_data import an_account, observe
from tests.billing.periods.closing import build_and_close, close_at, stock
from tests.billing.periods.conftest import a_database
from tests.billing.periods.payer import MICROGRAMS_PER_TOKEN
from tests.billing.shop import OPENED_ON, Shop, an_owner, open_shop
from tests.stripe_process import StripeSandbox

pytestmark = pytest.mark.database

DECEMBER = datetime.fromisoformat("2026-12-01T02:00:00+00:00")
JUST_BEFORE = datetime.fromisoformat("2026-12-02T23:59:59+00:00")
CLOSE_AT = datetime.fromisoformat("2026-12-03T00:00:00+00:00")


@pytest.fixture
def shop(home: Path, postgres_url: str, template_with_marts: str, stripe_sandbox: StripeSandbox) -> Iterator[Shop]:
    settings = Settings(home=home, public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None)
    with (
        a_database(postgres_url, template_with_marts) as url,
        Database(DatabaseUrls(admin=url), pool_size=4) as database,
        open_shop(settings, database, stripe_sandbox) as shop,
    ):
        yield shop


@pytest.fixture
def ada(shop: Shop) -> Tenant:
    return an_owner(shop.database, "Ada")


def use_ten_million_tokens(shop: Shop, tenant: Tenant) -> None:
    account = an_account(
        shop.database, tenant.org_id, provider="openai", label="Ada", project_id=tenant.project_id, now=OPENED_ON
    )
    observe(shop.database, account, started_at=OPENED_ON.replace(day=20), model="gpt-4o", output=10_000_000)
    with shop.database.worker() as connection:
        connection.execute(
            "insert into ops.account_coverage (org_id, account_id, endpoint_family, known) values (%s, %s, %s, %s)",
            [tenant.org_id, account.account_id, account.family, Multirange([Range(OPENED_ON, DECEMBER)])],
        )


def charge_of(shop: Shop) -> str:
    first, *_ = sorted(shop.stripe.client.v1.charges.list().data, key=lambda charge: charge.created)
    return first.id


def allotted(shop: Shop) -> int:
    query = "select coalesce(sum(upper(grams) - lower(grams)), 0) as grams from ops.allocations"
    return int(shop.row(query)["grams"])


def test_scenarios_3_and_4_nothing_is_retired_before_two_days_have_passed_and_all_of_it_then(
    shop: Shop, ada: Tenant
) -> None:
    stock(shop.database, tonnes=1)
    shop.buy(ada)
    use_ten_million_tokens(shop, ada)
    shop.go_to(DECEMBER)
    shop.hear()
    build_and_close(shop.database, JUST_BEFORE)
    assert shop.periods(ada)[1][1] == "reconciling"
    assert allotted(shop) == 0
    build_and_close(shop.database, CLOSE_AT)
    assert shop.periods(ada)[1][1] == "closed"
    grams = -(-10 * MICROGRAMS_PER_TOKEN // 1_000_000)
    assert allotted(shop) == grams
    shop.go_to(CLOSE_AT)
    _, november, december, _ = shop.get(ada, "periods")["data"]
    assert (november["retired_grams"], november["closed_at"]) == (grams, "2026-12-03T00:00:00Z")
    assert december["state"] == "open"
    detail = shop.get(ada, f"periods/{november['id']}")
    assert [line["output_tokens"] for line in detail["lines"]] == [10_000_000]
    assert [move["to_state"] for move in detail["history"]][-3:] == ["frozen", "retired", "closed"]
    # Scenario 25, after closing: what was retired stays retired, and the organization is on hold.
    shop.stripe.client.v1.refunds.create({"charge": charge_of(shop)})
    shop.hear()
    close_at(shop.database, CLOSE_AT)
    assert shop.periods(ada)[1][1] == "closed"
    assert allotted(shop) == grams
    assert shop.get(ada, "subscription")["is_on_hold"] is True


def test_scenario_25_a_dispute_within_the_two_days_stops_the_close_until_it_is_won(shop: Shop, ada: Tenant) -> None:
    stock(shop.database, tonnes=1)
    shop.buy(ada)
    shop.go_to(DECEMBER)
    dispute = shop.stripe.dispute(charge=charge_of(shop))
    shop.hear()
    close_at(shop.database, CLOSE_AT)
    assert shop.periods(ada)[1][1] == "failed"
    assert shop.row("select failure from ops.billing_periods where state = 'failed'") == {"failure": "reversed"}
    assert shop.get(ada, "subscription")["is_on_hold"] is True
    shop.go_to(CLOSE_AT)
    shop.stripe.dispute(dispute=dispute["id"], status="won")
    shop.hear()
    assert shop.periods(ada)[1][1] == "reconciling"
    assert shop.get(ada, "subscription")["is_on_hold"] is False
    build_and_close(shop.database, CLOSE_AT)
    assert shop.periods(ada)[1][1] == "closed"
    assert allotted(shop) == 0  # nothing was used
