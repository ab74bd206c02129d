"""In the 48 hours before a close the pollers read that period and the paid one before it whole, each time."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from billing.close import close_step
from core.database import Database
from tests.billing.periods.live_world import NAMES, LivePayer, a_live_payer
from tests.billing.periods.stripe_mirrors import DECEMBER, FEBRUARY, JANUARY, NOVEMBER

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)
OPENAI = NAMES[0]


@pytest.fixture
def payer(built_database: Database, tmp_path: Path) -> LivePayer:
    return a_live_payer(built_database, tmp_path)


def end_period(payer: LivePayer, now: datetime) -> None:
    with payer.database.worker() as connection:
        connection.execute(
            "update ops.billing_periods set next_attempt_at = case"
            " when org_id = %s and upper(span) = %s then upper(span) end where state = 'open'",
            [payer.customer.org_id, now],
        )
    while close_step(payer.database, policy="cheapest", now=now):
        pass


def first_read(payer: LivePayer, *, now: datetime) -> datetime:
    """Where the hourly poll of the first account begins, once everything was read before."""
    for _ in range(2):
        payer.poll(OPENAI, now=now, cause="hourly")
    return min(window.start for _, window in payer.providers[OPENAI].asked)


def test_a_settling_period_is_read_whole_with_the_one_before(payer: LivePayer) -> None:
    customer = payer.customer
    assert first_read(payer, now=NOVEMBER + 30 * HOUR) == NOVEMBER + 24 * HOUR
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    assert first_read(payer, now=DECEMBER - HOUR) == DECEMBER - 7 * HOUR
    end_period(payer, DECEMBER)
    customer.is_billed("second", DECEMBER, JANUARY, now=DECEMBER)
    for hour in (1, 47):
        assert first_read(payer, now=DECEMBER + hour * HOUR) == NOVEMBER
    with payer.database.worker() as connection:
        connection.execute(
            "update ops.billing_periods set next_attempt_at = null, state = 'failed', failure = 'test'"
            " where org_id = %s and state = 'reconciling'",
            [customer.org_id],
        )
    assert first_read(payer, now=DECEMBER + 49 * HOUR) == DECEMBER + 43 * HOUR
    end_period(payer, JANUARY)
    customer.is_billed("third", JANUARY, FEBRUARY, now=JANUARY)
    assert first_read(payer, now=JANUARY + 47 * HOUR) == NOVEMBER
