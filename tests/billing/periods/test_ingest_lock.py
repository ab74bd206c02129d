"""A freeze and whoever stores usage shut each other out: one comes wholly before the other."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing.close import close_step
from core.arrivals import ALL_DAYS, share_ingestion, stop_ingestion, touch_usage
from core.database import Database, fetch_one
from tests.billing.periods.closing import build_and_close
from tests.billing.periods.ledger_rows import paid
from tests.billing.periods.live_world import NAMES, LivePayer, a_live_payer
from tests.billing.periods.stripe_mirrors import DECEMBER, NOVEMBER
from tests.ingestion.fake_provider import a_row
from tests.warehouse.world import build_now

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)
OPENAI = NAMES[0]
CLOSES_AT = DECEMBER + 48 * HOUR


@pytest.fixture(scope="module")
def payer(built_database: Database, tmp_path_factory: pytest.TempPathFactory) -> LivePayer:
    """November is over, paid, read, built and due."""
    payer = a_live_payer(built_database, tmp_path_factory.mktemp("secrets"))
    payer.customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    payer.providers[OPENAI].rows = [a_row(NOVEMBER, tokens=5)]
    for name in NAMES:
        payer.poll(name, now=DECEMBER)
    build_and_close(built_database, DECEMBER)
    build_now(built_database)
    return payer


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def wait_until_somebody_waits(database: Database) -> None:
    deadline = time.monotonic() + 60
    with database.session() as session:
        while not fetch_one(
            session,
            "select exists (select from pg_locks where locktype = 'advisory' and not granted"
            " and database = (select oid from pg_database where datname = current_database())) as waits",
        )["waits"]:
            assert time.monotonic() < deadline, "nobody waited"


def test_a_freeze_waits_for_what_is_being_stored_and_then_for_a_build(
    payer: LivePayer, aside: ThreadPoolExecutor
) -> None:
    org_id = payer.customer.org_id
    account_id = payer.query("select min(id) as id from ops.provider_accounts where org_id = %(org)s")[0]["id"]
    with payer.database.worker() as storing:
        share_ingestion(storing, org_id)
        closing = aside.submit(close_step, payer.database, policy="cheapest", now=CLOSES_AT)
        wait_until_somebody_waits(payer.database)
        touch_usage(storing, org_id=org_id, account_id=account_id, days=ALL_DAYS, cause="test", now=CLOSES_AT)
    assert closing.result()
    (period,) = paid(payer.database, org_id)
    assert (period["state"], period["next_attempt_at"]) == ("reconciling", CLOSES_AT + timedelta(minutes=5))


def test_nothing_is_stored_while_a_freeze_looks_and_seals(payer: LivePayer, aside: ThreadPoolExecutor) -> None:
    payer.providers[OPENAI].rows = [a_row(NOVEMBER, tokens=7)]
    count = "select count(*) as count from raw.usage_observations where org_id = %(org)s"
    before = payer.query(count)
    with payer.database.worker() as freezing:
        stop_ingestion(freezing, payer.customer.org_id)
        polling = aside.submit(payer.poll, OPENAI, now=CLOSES_AT)
        wait_until_somebody_waits(payer.database)
        assert payer.query(count) == before
    assert polling.result() == "polled"
    assert payer.query(count)[0]["count"] == before[0]["count"] + 1
