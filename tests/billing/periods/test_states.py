"""The table of moves: what it allows, that two never make the same move, and what a payment's fate does."""

from datetime import timedelta
from typing import get_args

import pytest

from billing.close import close_step
from billing.period import UNSEALED, Period, PeriodState, lock_periods
from billing.period_errors import IllegalMoveError, LostRaceError
from billing.period_states import ALLOWED_MOVES, close_at, move
from core.database import Database
from tests.billing.periods.ledger_rows import moves, paid
from tests.billing.periods.stripe_mirrors import DECEMBER, JANUARY, NOVEMBER, Customer

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)
FAILED, RECOVERED = "A payment for CarbonLedger failed", "A late payment for CarbonLedger arrived"
TAKEN_BACK = "The payment of a billing period was taken back"


def of_paid(customer: Customer) -> Period:
    with customer.database.worker() as connection:
        return next(each for each in lock_periods(connection, customer.org_id) if each.funding == "paid")


def state_of(customer: Customer) -> tuple[str, str | None]:
    (period,) = paid(customer.database, customer.org_id)
    return period["state"], period["failure"]


def step(customer: Customer, now_hours: int) -> None:
    """What the closer does so many hours after November, with this period and no other."""
    now = DECEMBER + now_hours * HOUR
    with customer.database.worker() as connection:
        connection.execute(
            "update ops.billing_periods set next_attempt_at = null where not (org_id = %s and funding = 'paid')",
            [customer.org_id],
        )
    while close_step(customer.database, policy="cheapest", now=now):
        pass


@pytest.fixture
def unpaid(customer: Customer) -> Customer:
    """Subscribed for November with an invoice that is open and was not tried yet."""
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, status="open", cents=2900)
    return customer


def test_every_state_has_its_row_and_the_ends_have_no_way_out() -> None:
    assert set(ALLOWED_MOVES) == set(get_args(PeriodState))
    assert {state for state, ways in ALLOWED_MOVES.items() if not ways} == {"closed", "waived"}
    assert not any(ways & UNSEALED for state, ways in ALLOWED_MOVES.items() if state not in UNSEALED)


def test_a_move_that_the_table_does_not_know_is_refused(unpaid: Customer) -> None:
    period = of_paid(unpaid)
    with pytest.raises(IllegalMoveError), unpaid.database.worker() as connection:
        move(connection, period, "closed", cause="test", actor="test", now=DECEMBER)


def test_of_two_that_make_a_move_one_loses(unpaid: Customer) -> None:
    period = of_paid(unpaid)
    with unpaid.database.worker() as connection:
        move(connection, period, "failed", cause="test", actor="test", now=DECEMBER, next_attempt_at=None)
    with pytest.raises(LostRaceError), unpaid.database.worker() as connection:
        move(connection, period, "awaiting_payment", cause="test", actor="test", now=DECEMBER)
    assert moves(unpaid.database, period.id) == [(None, "open"), ("open", "failed")]


def test_it_closes_two_days_after_the_later_of_end_and_payment() -> None:
    assert close_at(DECEMBER, NOVEMBER) == DECEMBER + 48 * HOUR
    assert close_at(DECEMBER, DECEMBER + HOUR) == DECEMBER + 49 * HOUR


def test_owners_are_told_of_each_failed_attempt_once(unpaid: Customer) -> None:
    for attempt in (1, 1, 2):
        unpaid.becomes("first", now=NOVEMBER + HOUR, status="open", attempt_count=attempt)
    assert state_of(unpaid) == ("failed", "payment_failed")
    assert unpaid.notices() == [FAILED, FAILED]


def test_a_payment_before_the_end_opens_the_period_again(unpaid: Customer) -> None:
    unpaid.becomes("first", now=NOVEMBER + HOUR, status="open", attempt_count=1)
    unpaid.becomes("first", now=NOVEMBER + 72 * HOUR, status="paid")
    assert state_of(unpaid) == ("open", None)
    assert unpaid.notices() == [FAILED, RECOVERED]
    step(unpaid, 1)
    (period,) = paid(unpaid.database, unpaid.org_id)
    assert (period["state"], period["close_at"]) == ("reconciling", DECEMBER + 48 * HOUR)


def test_a_payment_after_the_end_gives_it_two_days_from_then(unpaid: Customer) -> None:
    unpaid.becomes("first", now=NOVEMBER + HOUR, status="open", attempt_count=1)
    unpaid.becomes("first", now=DECEMBER + 24 * HOUR, status="paid")
    (period,) = paid(unpaid.database, unpaid.org_id)
    assert (period["state"], period["close_at"]) == ("reconciling", DECEMBER + 72 * HOUR)


def test_a_period_that_ends_unpaid_waits_and_is_looked_at_each_hour(unpaid: Customer) -> None:
    step(unpaid, 0)
    (period,) = paid(unpaid.database, unpaid.org_id)
    assert (period["state"], period["next_attempt_at"]) == ("awaiting_payment", DECEMBER + HOUR)
    step(unpaid, 1)
    unpaid.becomes("first", now=DECEMBER + 2 * HOUR, status="paid")
    assert state_of(unpaid) == ("reconciling", None)
    assert unpaid.notices() == []


@pytest.mark.parametrize("status", ["void", "uncollectible"])
def test_an_invoice_that_is_given_up_fails_the_period(unpaid: Customer, status: str) -> None:
    unpaid.becomes("first", now=NOVEMBER + HOUR, status=status)
    assert state_of(unpaid) == ("failed", status)
    step(unpaid, 24 * 90)
    assert state_of(unpaid) == ("failed", status)


@pytest.mark.parametrize("facts", [{"is_disputed": True}, {"refunded_cents": 2900}])
def test_what_is_taken_back_in_the_two_days_is_not_retired(unpaid: Customer, facts: dict[str, int | bool]) -> None:
    unpaid.becomes("first", now=NOVEMBER + HOUR, status="paid")
    step(unpaid, 0)
    unpaid.becomes("first", now=DECEMBER + HOUR, status="paid", **facts)
    step(unpaid, 48)
    assert state_of(unpaid) == ("failed", "reversed")
    assert unpaid.notices() == [TAKEN_BACK]
    unpaid.becomes("first", now=DECEMBER + 72 * HOUR, status="paid", is_disputed=False, refunded_cents=0)
    assert state_of(unpaid) == ("reconciling", None)


def test_what_fails_is_cut_where_its_subscription_ended(unpaid: Customer) -> None:
    ended_at = NOVEMBER + 14 * 24 * HOUR
    unpaid.becomes("first", now=NOVEMBER + HOUR, status="open", attempt_count=4)
    unpaid.changes(now=ended_at, status="canceled", ended_at=ended_at)
    unpaid.becomes("first", now=ended_at + 9 * 24 * HOUR, status="paid", paid_at=ended_at + 9 * 24 * HOUR)
    (period,) = paid(unpaid.database, unpaid.org_id)
    assert (period["state"], period["ends_at"], period["close_at"]) == (
        "reconciling",
        ended_at,
        ended_at + 11 * 24 * HOUR,
    )


def test_a_renewal_that_fails_leaves_the_month_before_alone(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    customer.is_billed("second", DECEMBER, JANUARY, now=DECEMBER, status="open", attempt_count=1)
    states = [period["state"] for period in paid(customer.database, customer.org_id)]
    assert states == ["open", "failed"]


def test_a_period_that_breaks_keeps_no_other_waiting(unpaid: Customer, built_database: Database) -> None:
    """Its invoice is paid, says the mirror, and its state says otherwise than the constraint allows."""
    with built_database.owner() as connection:
        rule = f"check (org_id <> {unpaid.org_id} or state <> 'reconciling')"
        connection.execute(f"alter table ops.billing_periods add constraint never {rule}".encode())
    try:
        unpaid.becomes("first", now=NOVEMBER + HOUR, status="paid")
        step(unpaid, 0)
        (period,) = paid(built_database, unpaid.org_id)
        assert (period["state"], period["next_attempt_at"]) == ("open", DECEMBER + HOUR)
        with built_database.worker() as connection:
            told = connection.execute(
                "select title from ops.outbox where org_id = %s and channel = 'operator'", [unpaid.org_id]
            ).fetchall()
        assert [row["title"] for row in told] == ["A billing period cannot be closed"]
    finally:
        with built_database.owner() as connection:
            connection.execute("alter table ops.billing_periods drop constraint never")
