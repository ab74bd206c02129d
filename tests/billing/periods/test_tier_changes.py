"""Changes of plan inside a period: what was paid for counts from its own instant, whenever we come to see it."""

from datetime import datetime, timedelta

import pytest

from tests.billing.periods.ledger_rows import paid
from tests.billing.periods.stripe_mirrors import DECEMBER, FEBRUARY, JANUARY, NOVEMBER, Customer

pytestmark = pytest.mark.database

DAY = timedelta(days=1)


@pytest.fixture
def starter(customer: Customer) -> Customer:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    return customer


def changes(customer: Customer, name: str, tier: str, at: datetime, *, seen_at: datetime, cents: int = 2900) -> None:
    """The paid invoice of a change of plan, seen by us at `seen_at`."""
    customer.is_billed(
        name, at, DECEMBER, now=seen_at, reason="subscription_update", tier=tier, is_proration=True, cents=cents
    )


def months(customer: Customer) -> list[tuple[str, int]]:
    return [(row["tier"], row["coverage_grams"]) for row in paid(customer.database, customer.org_id)]


def test_a_change_that_is_seen_in_the_next_month_counts_in_its_own(starter: Customer) -> None:
    changes(starter, "change", "growth", NOVEMBER + 15 * DAY, seen_at=DECEMBER + DAY)
    for day in (1, 2):
        starter.changes(now=DECEMBER + day * DAY, tier="growth")
    assert months(starter) == [("growth", 125_000 + 500_000)]


def test_a_change_in_the_last_second_costs_nothing_and_covers_the_day(starter: Customer) -> None:
    last_second = DECEMBER - timedelta(seconds=1)
    changes(starter, "credit", "starter", last_second, seen_at=DECEMBER, cents=0)
    changes(starter, "debit", "growth", last_second, seen_at=DECEMBER, cents=0)
    starter.changes(now=DECEMBER, tier="growth")
    assert months(starter) == [("growth", 250_000 - 8_334 + 33_334)]


def test_changes_that_are_seen_at_once_each_cover_their_days(starter: Customer) -> None:
    with starter.database.worker() as connection:  # not yet brought up to date with the periods
        connection.execute("update ops.subscriptions set tier = 'scale' where org_id = %s", [starter.org_id])
    changes(starter, "late", "scale", NOVEMBER + 24 * DAY, seen_at=DECEMBER)
    changes(starter, "early", "growth", NOVEMBER + 12 * DAY, seen_at=DECEMBER)
    # 12 days of Starter, 12 of Growth, 6 of Scale
    assert months(starter) == [("scale", 100_000 + 400_000 + 1_000_000)]


def test_a_change_that_is_not_paid_changes_nothing(starter: Customer) -> None:
    changed_at = NOVEMBER + 15 * DAY
    starter.is_billed(
        "change", changed_at, DECEMBER, now=changed_at, reason="subscription_update", tier="growth", status="open",
        is_proration=True,
    )  # fmt: skip
    assert months(starter) == [("starter", 250_000)]


def test_a_plan_that_changed_without_a_charge_counts_from_when_it_is_seen(starter: Customer) -> None:
    starter.changes(now=NOVEMBER + 15 * DAY, tier="growth")
    for day in (20, 31):
        starter.changes(now=NOVEMBER + day * DAY, tier="growth")
    assert months(starter) == [("growth", 125_000 + 500_000)]


def test_what_was_changed_and_then_ended_covers_its_days(starter: Customer) -> None:
    changes(starter, "change", "growth", NOVEMBER + 15 * DAY, seen_at=NOVEMBER + 15 * DAY)
    ended_at = NOVEMBER + 18 * DAY
    starter.changes(now=ended_at, tier="growth", status="canceled", ended_at=ended_at)
    assert months(starter) == [("growth", 125_000 + 100_000)]


def test_a_change_of_an_annual_plan_holds_in_its_later_months(customer: Customer) -> None:
    end, changed_at = NOVEMBER.replace(year=2027), NOVEMBER + 15 * DAY
    customer.subscribes(at=NOVEMBER, interval="annual")
    customer.is_billed("year", NOVEMBER, end, now=NOVEMBER, reason="subscription_create", interval="annual")
    customer.is_billed(
        "change", changed_at, end, reason="subscription_update", tier="growth", is_proration=True,
        interval="annual", now=changed_at,
    )  # fmt: skip
    for begun in (DECEMBER, JANUARY + 5 * DAY, FEBRUARY):
        customer.changes(now=begun, tier="growth")
    assert months(customer) == [("growth", 625_000)] + [("growth", 1_000_000)] * 3
