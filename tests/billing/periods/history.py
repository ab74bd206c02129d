"""Three months of several organizations, closed one after the other: what the tests of closes read."""

from dataclasses import dataclass
from datetime import timedelta

from core.database import Database
from tests.billing.periods.closing import build_and_close, close_at, stock
from tests.billing.periods.payer import IN_NOVEMBER, MILLION, Payer, a_payer
from tests.billing.periods.stripe_mirrors import DECEMBER, FEBRUARY, JANUARY, NOVEMBER
from tests.warehouse.world import build_now

HOUR = timedelta(hours=1)
CLOSES = timedelta(hours=48)
IN_DECEMBER = DECEMBER + timedelta(days=4)
IN_JANUARY = JANUARY + timedelta(days=4)


@dataclass
class History:
    buckets: dict[str, str]
    late: Payer
    shrinking: Payer
    both_at_once: Payer
    with_hole: Payer
    silent: Payer
    pinned: Payer
    leaving: Payer


def three_months(database: Database) -> History:
    """Each close at its hour; its builds take seconds."""
    stock(database, tonnes=5)
    history = History({}, *(a_payer(database) for _ in range(7)))
    _november(history)
    build_and_close(database, DECEMBER)  # free time is waived, November goes into its 48 hours
    _around_the_close_of_november(history, database)
    _december(history, database)
    _january(history, database)
    return history


def _november(history: History) -> None:
    for payer in vars(history).values():
        if isinstance(payer, Payer):
            payer.pays(NOVEMBER, DECEMBER)
    late, buckets = history.late, history.buckets
    late.uses(MILLION)
    buckets["before"] = late.uses(5, at=NOVEMBER - HOUR)
    buckets["sparse"] = late.uses(5, at=IN_NOVEMBER + HOUR, requests=None)
    buckets["removed"] = late.uses(9, at=IN_NOVEMBER + 2 * HOUR)
    buckets["same"] = late.uses(3, at=DECEMBER - timedelta(microseconds=1))
    history.shrinking.uses(MILLION)
    history.both_at_once.uses(MILLION)
    history.with_hole.uses(MILLION)
    hole = (IN_NOVEMBER + 5 * HOUR, IN_NOVEMBER + 8 * HOUR)
    history.with_hole.reads((NOVEMBER, hole[0]), (hole[1], FEBRUARY))
    history.silent.reads()
    history.leaving.uses(MILLION)
    _pin(history.pinned)
    history.pinned.uses(MILLION)


def _around_the_close_of_november(history: History, database: Database) -> None:
    late, buckets = history.late, history.buckets
    history.both_at_once.pays(DECEMBER, JANUARY)
    _hold_back(history.both_at_once)
    late.uses(2 * MILLION)  # 47 hours after the end
    build_and_close(database, DECEMBER + CLOSES)
    late.uses(3 * MILLION)  # 49 hours after it
    late.uses(5, at=IN_NOVEMBER + HOUR, requests=None, cache_read_tokens=7)
    late.uses(0, at=IN_NOVEMBER + 2 * HOUR, is_tombstone=True)
    late.uses(50, at=NOVEMBER - HOUR)
    history.shrinking.uses(0)
    buckets["new"] = late.uses(11, at=IN_NOVEMBER + 3 * HOUR, api_key_id="key_1")
    history.leaving.uses(2 * MILLION)
    build_now(database)
    for payer in (late, history.shrinking, history.with_hole, history.silent, history.pinned):
        payer.pays(DECEMBER, JANUARY)
    with database.owner() as connection:
        connection.execute("update ops.projects set name = 'Renamed' where org_id = %s", [late.org_id])


def _december(history: History, database: Database) -> None:
    late = history.late
    late.uses(1, at=IN_DECEMBER)
    history.pinned.uses(MILLION, at=IN_DECEMBER)
    history.pinned.uses(MILLION + 10)
    close_at(database, JANUARY)
    build_and_close(database, JANUARY + CLOSES)
    # Its project for that key has changed since: what was stated under the old one stays there.
    other = late.tenant.project("other")
    late.tenant.workload(late.account, "api_key", "key_1", other, "[-infinity,infinity)")
    late.tenant.touch(late.account, "[,)")
    late.uses(31, at=IN_NOVEMBER + 3 * HOUR, api_key_id="key_1")
    late.pays(JANUARY, FEBRUARY)
    history.shrinking.pays(JANUARY, FEBRUARY)
    history.shrinking.uses(MILLION, at=IN_JANUARY)


def _january(history: History, database: Database) -> None:
    both = history.both_at_once
    _let_go(both)
    both.uses(MILLION + 7)
    build_and_close(database, FEBRUARY)
    build_and_close(database, FEBRUARY + HOUR)
    build_and_close(database, FEBRUARY + CLOSES)


def _pin(payer: Payer) -> None:
    """Its November is pinned to a version of ten micrograms a token, in which its model has another class."""
    with payer.database.worker() as connection:
        connection.execute(
            "insert into reference.emission_factors"
            " select 'old', model_class, host, counter, bound, 10.000000, 1.000000 from reference.emission_factors"
            " where version = '2026.1' and model_class = 'S' and host = 'openai'"
        )
        connection.execute(
            "insert into ops.model_classes (factor_version, provider, model, normalized_name, model_class,"
            " alias_priority, alias_pattern, confidence, resolved_at)"
            " values ('old', 'openai', 'gpt-4o', 'gpt-4o', 'S', 1, '.*', 'high', %s)",
            [NOVEMBER],
        )
        connection.execute(
            "update ops.billing_periods set factor_version = 'old' where org_id = %s and span @> %s::timestamptz",
            [payer.org_id, IN_NOVEMBER],
        )


def _hold_back(payer: Payer) -> None:
    """The closers were down for this one."""
    with payer.database.worker() as connection:
        connection.execute(
            "update ops.billing_periods set next_attempt_at = null where org_id = %s and funding = 'paid'",
            [payer.org_id],
        )


def _let_go(payer: Payer) -> None:
    with payer.database.worker() as connection:
        connection.execute(
            "update ops.billing_periods set next_attempt_at = upper(span) where org_id = %s and funding = 'paid'",
            [payer.org_id],
        )
