"""Which periods follow from the mirrors: opened on first sight of a covering line, cut, absorbed, side by side."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from psycopg.errors import ExclusionViolation
from psycopg.types.range import Range

from billing.periods import open_due_months
from core.database import Database
from tests.billing.periods.ledger_rows import Row, paid, periods
from tests.billing.periods.stripe_mirrors import DECEMBER, FEBRUARY, JANUARY, NOVEMBER, Customer
from tests.ingestion.world import an_organization

pytestmark = pytest.mark.database

FREE = ("free", "open")
PAID = ("paid", "open")


def test_an_organization_that_pays_nothing_has_one_period_for_all_of_time(customer: Customer) -> None:
    for _ in range(2):
        with customer.event(NOVEMBER):
            pass
    assert periods(customer.database, customer.org_id) == [Row(*FREE, None, None)]


def test_a_covering_line_opens_its_period_and_cuts_the_free_one(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    assert periods(customer.database, customer.org_id) == [
        Row(*FREE, None, NOVEMBER),
        Row(*PAID, NOVEMBER, DECEMBER),
        Row(*FREE, DECEMBER, None),
    ]
    (period,) = paid(customer.database, customer.org_id)
    assert (period["tier"], period["coverage_grams"], period["paid_at"]) == ("starter", 250_000, NOVEMBER)
    assert period["factor_version"] == "2026.1"


def test_seeing_the_same_mirrors_again_changes_nothing(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    before = paid(customer.database, customer.org_id), periods(customer.database, customer.org_id)
    for _ in range(3):
        with customer.event(NOVEMBER + timedelta(days=3)):
            pass
    assert (paid(customer.database, customer.org_id), periods(customer.database, customer.org_id)) == before


def test_the_part_of_a_month_before_the_anchor_is_covered_by_days(customer: Customer) -> None:
    start = datetime(2026, 11, 16, 10, tzinfo=UTC)  # 14 days and 14 hours: 15 days of 30
    customer.subscribes("growth", at=start)
    customer.is_billed(
        "first", start, DECEMBER, now=start, reason="subscription_create", tier="growth", is_proration=True
    )
    (period,) = paid(customer.database, customer.org_id)
    assert (period["starts_at"], period["ends_at"], period["coverage_grams"]) == (start, DECEMBER, 500_000)


@pytest.mark.parametrize("reason", ["subscription_update", "manual"])
def test_other_prorations_cover_nothing(customer: Customer, reason: str) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("change", NOVEMBER, DECEMBER, now=NOVEMBER, reason=reason, is_proration=True)
    assert paid(customer.database, customer.org_id) == []


def test_nothing_is_granted_before_the_first_payment(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER, status="incomplete")
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, status="open", reason="subscription_create")
    customer.changes(now=NOVEMBER + timedelta(hours=23), status="incomplete_expired")
    assert periods(customer.database, customer.org_id) == [Row(*FREE, None, None)]


def test_a_free_period_that_starts_in_the_same_second_is_absorbed(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    customer.is_billed("second", DECEMBER, JANUARY, now=DECEMBER)
    assert periods(customer.database, customer.org_id) == [
        Row(*FREE, None, NOVEMBER),
        Row(*PAID, NOVEMBER, DECEMBER),
        Row(*PAID, DECEMBER, JANUARY),
        Row(*FREE, JANUARY, None),
    ]


def test_an_immediate_cancellation_cuts_and_does_not_open_again(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    ended_at = NOVEMBER + timedelta(days=9, hours=12)
    for _ in range(2):
        customer.changes(now=ended_at, status="canceled", ended_at=ended_at)
    assert periods(customer.database, customer.org_id) == [
        Row(*FREE, None, NOVEMBER),
        Row(*PAID, NOVEMBER, ended_at),
        Row(*FREE, ended_at, None),
    ]
    assert paid(customer.database, customer.org_id)[0]["coverage_grams"] == 83_334  # ten of thirty days, rounded up


def test_a_line_seen_after_its_subscription_ended_opens_what_it_served(customer: Customer) -> None:
    ended_at = NOVEMBER + timedelta(days=4)
    customer.subscribes(at=NOVEMBER, status="canceled", ended_at=ended_at)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=DECEMBER, reason="subscription_create")
    assert [(row.starts_at, row.ends_at) for row in periods(customer.database, customer.org_id)] == [
        (None, NOVEMBER),
        (NOVEMBER, ended_at),
        (ended_at, None),
    ]


def test_a_renewal_of_a_subscription_that_ends_then_becomes_free_time(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    customer.is_billed("draft", DECEMBER, JANUARY, now=DECEMBER, status="draft")
    customer.changes(now=DECEMBER, status="canceled", ended_at=DECEMBER)
    assert [row.funding for row in periods(customer.database, customer.org_id)] == ["free", "paid", "free", "free"]


def test_an_interval_change_cuts_the_month_and_opens_months_as_they_begin(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    changed_at = datetime(2026, 11, 10, 12, tzinfo=UTC)
    until = datetime(2027, 11, 10, 12, tzinfo=UTC)
    customer.changes(now=changed_at, price_lookup_key="carbonledger_starter_annual", interval="year")
    customer.is_billed("annual", changed_at, until, now=changed_at, reason="subscription_update", interval="annual")
    assert [(row.starts_at, row.ends_at) for row in periods(customer.database, customer.org_id)] == [
        (None, NOVEMBER),
        (NOVEMBER, changed_at),
        (changed_at, datetime(2026, 12, 10, 12, tzinfo=UTC)),
        (datetime(2026, 12, 10, 12, tzinfo=UTC), None),
    ]
    for month in range(12):
        with customer.event(changed_at + timedelta(days=31 * month)):
            pass
    spans = [(row["starts_at"], row["ends_at"]) for row in paid(customer.database, customer.org_id)]
    assert len(spans) == 13
    assert spans[-1][1] == until
    assert all(left[1] == right[0] for left, right in pairwise(spans))
    assert len({row["settling_invoice_id"] for row in paid(customer.database, customer.org_id)[1:]}) == 1


def test_months_of_an_annual_line_that_is_left_never_open(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER, interval="annual")
    november = datetime(2027, 11, 1, tzinfo=UTC)
    customer.is_billed("annual", NOVEMBER, november, now=NOVEMBER, reason="subscription_create", interval="annual")
    with customer.event(DECEMBER):
        pass
    customer.changes(now=JANUARY, status="canceled", ended_at=JANUARY)
    with customer.event(FEBRUARY):
        pass
    assert [(row.funding, row.ends_at) for row in periods(customer.database, customer.org_id)] == [
        ("free", NOVEMBER),
        ("paid", DECEMBER),
        ("paid", JANUARY),
        ("free", None),
    ]


def test_months_are_counted_from_the_anchor(customer: Customer) -> None:
    anchor, short, end = (datetime(2027, month, day, tzinfo=UTC) for month, day in ((1, 31), (2, 28), (3, 31)))
    customer.subscribes(at=anchor)
    customer.is_billed("first", anchor, short, now=anchor, reason="subscription_create")
    customer.is_billed("second", short, end, now=short)
    assert [row["coverage_grams"] for row in paid(customer.database, customer.org_id)] == [250_000, 250_000]


def test_a_trial_is_a_period_that_covers_nothing(customer: Customer) -> None:
    trial_end = NOVEMBER + timedelta(days=14)
    customer.subscribes(at=NOVEMBER, status="trialing", trial_span=Range(NOVEMBER, trial_end))
    customer.is_billed("trial", NOVEMBER, trial_end, now=NOVEMBER, reason="subscription_create", cents=0)
    customer.is_billed("first", trial_end, DECEMBER, now=trial_end)
    assert [(row.funding, row.starts_at) for row in periods(customer.database, customer.org_id)] == [
        ("free", None),
        ("trial", NOVEMBER),
        ("paid", trial_end),
        ("free", DECEMBER),
    ]


def test_an_upgrade_in_mid_month_keeps_the_span_and_covers_the_rest_by_days(customer: Customer) -> None:
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    changed_at = NOVEMBER + timedelta(days=15)
    customer.is_billed(
        "change", changed_at, DECEMBER, now=changed_at, reason="subscription_update", tier="growth", is_proration=True
    )
    for _ in range(2):
        customer.changes(now=changed_at + timedelta(days=1), tier="growth")
    (period,) = paid(customer.database, customer.org_id)
    assert (period["starts_at"], period["ends_at"], period["tier"]) == (NOVEMBER, DECEMBER, "growth")
    assert period["coverage_grams"] == 125_000 + 500_000


def test_the_database_refuses_two_periods_at_one_instant(customer: Customer) -> None:
    with customer.event(NOVEMBER):
        pass
    with pytest.raises(ExclusionViolation), customer.database.worker() as connection:
        connection.execute(
            "insert into ops.billing_periods (org_id, span, tier, funding, factor_version, coverage_grams, opened_at)"
            " values (%s, tstzrange(%s, %s), 'free', 'free', '2026.1', 0, %s)",
            [customer.org_id, NOVEMBER, DECEMBER, NOVEMBER],
        )


def test_what_moves_between_periods_is_built_again(customer: Customer, built_database: Database) -> None:
    with built_database.worker() as connection:
        connection.execute(
            "insert into ops.provider_accounts (org_id, provider, usage_endpoint, created_at)"
            " values (%s, 'openai', 'completions', %s)",
            [customer.org_id, NOVEMBER],
        )
    customer.subscribes(at=NOVEMBER)
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    with built_database.worker() as connection:
        rows = connection.execute(
            "select lower(days)::text as since, upper(days)::text as until, cause from ops.usage_touches"
            " where org_id = %s order by arrival_id",
            [customer.org_id],
        ).fetchall()
    assert [(row["since"], row["until"]) for row in rows] == [(None, None), ("2026-11-01", None)]
    assert {row["cause"] for row in rows} == {"billing-periods"}


def test_months_that_cannot_be_opened_hold_up_no_other(customer: Customer, built_database: Database) -> None:
    other = Customer(built_database, an_organization(built_database, now=NOVEMBER))
    for each in (customer, other):
        each.subscribes(at=NOVEMBER, interval="annual")
        each.is_billed("year", NOVEMBER, NOVEMBER.replace(year=2027), now=NOVEMBER, interval="annual")
    with built_database.worker() as connection:
        connection.execute(
            "update ops.invoice_lines set price_lookup_key = 'unknown' where org_id = %s", [customer.org_id]
        )
    for _ in range(2):
        open_due_months(built_database, now=DECEMBER)
    assert [len(paid(built_database, each.org_id)) for each in (customer, other)] == [1, 2]
    with built_database.worker() as connection:
        told = connection.execute(
            "select title from ops.outbox where org_id = %s and channel = 'operator'", [customer.org_id]
        ).fetchall()
    assert [row["title"] for row in told] == ["A month of an annual plan cannot be opened"]


def test_a_line_that_is_gone_is_not_due_for_ever(customer: Customer, built_database: Database) -> None:
    customer.subscribes(at=NOVEMBER, interval="annual")
    customer.is_billed("year", NOVEMBER, NOVEMBER.replace(year=2027), now=NOVEMBER, interval="annual")
    with built_database.worker() as connection:
        connection.execute("delete from ops.invoice_lines where org_id = %s", [customer.org_id])
    open_due_months(built_database, now=DECEMBER)
    with built_database.worker() as connection:
        rows = connection.execute(
            "select 1 from ops.covering_lines where org_id = %s and not is_done", [customer.org_id]
        ).fetchall()
    assert rows == []
