"""Six pollers of three accounts write while periods freeze: what was stored before the seal is in the close, what comes
after is an adjustment, and over three periods every bucket counts once.
"""

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from billing.close import close_step
from core.database import Database, DatabaseUrls
from tests.billing.credits.ledger import a_block, retire
from tests.billing.periods.closing import build_and_close, close_at, conservation_failures
from tests.billing.periods.ledger_rows import paid
from tests.billing.periods.live_world import NAMES, SEALED, SEALED_OF_TRUTH, STATED, LivePayer, a_live_payer
from tests.billing.periods.stripe_mirrors import DECEMBER, FEBRUARY, JANUARY, NOVEMBER
from tests.ingestion.fake_provider import a_row
from tests.warehouse.world import build_now

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

HOUR = timedelta(hours=1)
MONTHS = [(NOVEMBER, DECEMBER), (DECEMBER, JANUARY), (JANUARY, FEBRUARY)]
POLLERS_AN_ACCOUNT = 2
ROUNDS = 3
SOME_BUCKETS = 12
ADJUSTMENTS = "select count(*) as count from ops.sealed_usage where org_id = %(org)s and period_id <> origin_period_id"
OBSERVATIONS = "select count(*) as count from raw.usage_observations where org_id = %(org)s"


@pytest.fixture
def payer(built_url: str, tmp_path: Path) -> Iterator[LivePayer]:
    with Database(DatabaseUrls(admin=built_url), pool_size=12) as database:
        retire(database, a_block(database, units=9), units=9)
        yield a_live_payer(database, tmp_path)


class Usage:
    """What the providers have counted, changed by several threads."""

    def __init__(self, payer: LivePayer) -> None:
        self._payer = payer
        self._changing = threading.Lock()
        self._tokens: dict[tuple[int, datetime], int] = {}

    def grow(self, number: int, buckets: list[datetime], chance: random.Random) -> None:
        with self._changing:
            for bucket in buckets:
                key = (number, bucket)
                self._tokens[key] = self._tokens.get(key, 0) + chance.randrange(1, 1000)
            rows = [a_row(bucket, tokens=tokens) for (own, bucket), tokens in self._tokens.items() if own == number]
            self._payer.providers[NAMES[number]].rows = rows

    @property
    def truth(self) -> dict[tuple[str, datetime], int]:
        return {(NAMES[number].value, bucket): tokens for (number, bucket), tokens in self._tokens.items()}


def write(payer: LivePayer, usage: Usage, number: int, *, end: datetime, chance: random.Random) -> None:
    """One poller: the provider counts more for a few hours of this month and the one before, and is polled."""
    for _ in range(ROUNDS):
        hours = [chance.randrange(1, 24 * 50) for _ in range(3)]
        usage.grow(number, [end - hour * HOUR for hour in hours if end - hour * HOUR >= NOVEMBER], chance)
        payer.poll(NAMES[number], now=end + 48 * HOUR)


def freeze_among_writers(payer: LivePayer, usage: Usage, *, end: datetime, waits_for_a_write: bool) -> None:
    """The closer tries as long as somebody writes; what it does not get then, it gets when a build has seen all."""
    before = payer.query(OBSERVATIONS)
    start = threading.Barrier(POLLERS_AN_ACCOUNT * len(NAMES) + 1)
    failures: list[BaseException] = []

    def run(number: int, turn: int) -> None:
        try:
            start.wait()
            chance = random.Random(f"{end}-{number}-{turn}")
            write(payer, usage, number, end=end, chance=chance)
        except BaseException as failure:  # noqa: BLE001 - told to the test's own thread, which raises it
            failures.append(failure)

    writers = [
        threading.Thread(target=run, args=(number, turn))
        for number in range(len(NAMES))
        for turn in range(POLLERS_AN_ACCOUNT)
    ]
    for writer in writers:
        writer.start()
    start.wait()
    while any(writer.is_alive() for writer in writers):
        if waits_for_a_write and payer.query(OBSERVATIONS) == before:
            continue
        with payer.database.worker() as connection:
            connection.execute(
                "update ops.billing_periods set next_attempt_at = %s where state = 'reconciling'", [end + 48 * HOUR]
            )
        close_step(payer.database, policy="cheapest", now=end + 48 * HOUR)
    for writer in writers:
        writer.join()
    assert failures == []


def test_every_bucket_counts_once_whoever_writes_in_a_freeze(payer: LivePayer) -> None:
    database, usage = payer.database, Usage(payer)
    for number in range(len(NAMES)):
        usage.grow(number, [NOVEMBER + hour * HOUR for hour in range(SOME_BUCKETS)], random.Random(number))
    for start, end in MONTHS:
        customer = payer.customer
        reason = "subscription_create" if start == NOVEMBER else "subscription_cycle"
        customer.is_billed(f"{start:%Y-%m}", start, end, now=start, reason=reason)
        close_at(database, end)
        for name in NAMES:
            payer.poll(name, now=end + 2 * HOUR)
        build_and_close(database, end + 3 * HOUR)
        build_now(database)
        freeze_among_writers(payer, usage, end=end, waits_for_a_write=end == JANUARY)
        build_and_close(database, end + 49 * HOUR)
    for name in NAMES:
        payer.poll(name, now=FEBRUARY + 50 * HOUR)
    build_now(database)
    assert [period["state"] for period in paid(database, customer.org_id)] == ["closed"] * 3
    assert payer.query(SEALED) == payer.query(SEALED_OF_TRUTH)
    assert payer.query(ADJUSTMENTS)[0]["count"] > 0
    stated = {(row["provider"], row["bucket_started_at"]): row["tokens"] for row in payer.query(STATED)}
    assert stated == usage.truth
    assert conservation_failures(database) == {}
