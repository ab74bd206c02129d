"""Whenever a provider tells of a bucket, and however often it changes its mind: the bucket is stated in its own period
or as an adjustment of it, and all closes together with the open period say what the provider says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.database import Database, DatabaseUrls
from tests.billing.credits.ledger import a_block, retire
from tests.billing.periods.closing import build_and_close, close_at, conservation_failures
from tests.billing.periods.conftest import a_database
from tests.billing.periods.ledger_rows import paid
from tests.billing.periods.live_world import NAMES, SEALED, SEALED_OF_TRUTH, STATED, LivePayer, a_live_payer
from tests.billing.periods.stripe_mirrors import DECEMBER, FEBRUARY, JANUARY, NOVEMBER
from tests.ingestion.fake_provider import a_row
from tests.warehouse.world import build_now

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

HOUR = timedelta(hours=1)
MARCH = FEBRUARY + timedelta(days=28)
MONTHS = [(NOVEMBER, DECEMBER), (DECEMBER, JANUARY), (JANUARY, FEBRUARY), (FEBRUARY, MARCH)]
THREE_WEEKS = timedelta(days=20)
LAST_POLL = FEBRUARY + THREE_WEEKS
HOURS_OF_USAGE = (FEBRUARY - NOVEMBER) // HOUR
REACH_HOURS = 29 * 24
"""A bucket may change as long as the close after its own re-reads it: until then at least."""
CONFIRMED_AFTER = timedelta(minutes=40)
"""An answer that takes much away is believed when it is given twice."""


@dataclass(frozen=True)
class Told:
    """Of one bucket: what the provider says from so many hours after its start on; None: it is not there (any more)."""

    starts_at: datetime
    says: tuple[tuple[int, int | None], ...]

    def tokens(self, now: datetime) -> int | None:
        told = [tokens for hours, tokens in self.says if self.starts_at + hours * HOUR <= now]
        return told[-1] if told else None


TOKENS = st.one_of(st.none(), st.integers(0, 10**9))
SAYINGS = st.lists(
    st.tuples(st.integers(0, REACH_HOURS), TOKENS), min_size=1, max_size=4, unique_by=lambda said: said[0]
)
BUCKETS = st.lists(
    st.builds(
        lambda hour, says: Told(NOVEMBER + hour * HOUR, tuple(sorted(says, key=lambda said: said[0]))),
        st.integers(0, HOURS_OF_USAGE - 1),
        SAYINGS,
    ),
    min_size=4,
    max_size=10,
    unique_by=lambda told: told.starts_at,
)
ACCOUNTS = st.tuples(*(BUCKETS for _ in NAMES))


def poll_twice(payer: LivePayer, accounts: tuple[list[Told], ...], now: datetime) -> None:
    for at in (now, now + CONFIRMED_AFTER):
        for name, buckets in zip(NAMES, accounts, strict=True):
            said = [(told.starts_at, told.tokens(now)) for told in buckets]
            payer.providers[name].rows = [a_row(start, tokens=tokens) for start, tokens in said if tokens is not None]
            payer.poll(name, now=at)


def truth(accounts: tuple[list[Told], ...]) -> dict[tuple[str, datetime], int]:
    """Every bucket that has tokens, as the provider had it at the last poll."""
    last = {
        (name.value, told.starts_at): told.tokens(LAST_POLL)
        for name, buckets in zip(NAMES, accounts, strict=True)
        for told in buckets
    }
    return {bucket: tokens for bucket, tokens in last.items() if tokens}


@settings(
    max_examples=2,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(accounts=ACCOUNTS)
def test_all_closes_and_the_open_period_say_what_the_provider_says(
    postgres_url: str, template_with_marts: str, tmp_path: Path, accounts: tuple[list[Told], ...]
) -> None:
    with (
        a_database(postgres_url, template_with_marts) as url,
        Database(DatabaseUrls(admin=url), pool_size=4) as database,
    ):
        retire(database, a_block(database, units=9), units=9)
        payer = a_live_payer(database, tmp_path)
        three_months(payer, accounts)
        closed = [period["state"] for period in paid(database, payer.customer.org_id)]
        assert closed == ["closed", "closed", "closed", "open"]
        assert without_zeros(payer.query(SEALED)) == without_zeros(payer.query(SEALED_OF_TRUTH))
        stated = payer.query(STATED)
        assert {(row["provider"], row["bucket_started_at"]): row["tokens"] for row in stated} == truth(accounts)
        assert conservation_failures(database) == {}


def three_months(payer: LivePayer, accounts: tuple[list[Told], ...]) -> None:
    """Polls on the 21st and in the last hours before each close; in between the provider says what nobody hears."""
    database = payer.database
    for start, end in MONTHS:
        reason = "subscription_create" if start == NOVEMBER else "subscription_cycle"
        payer.customer.is_billed(f"{start:%Y-%m}", start, end, now=start, reason=reason)
        if start == NOVEMBER:
            build_and_close(database, start)
        else:
            close_at(database, start)
            poll_twice(payer, accounts, start + 46 * HOUR)
            build_and_close(database, start + 48 * HOUR)
        poll_twice(payer, accounts, start + THREE_WEEKS)
    build_now(database)


def without_zeros(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["tokens"]]
