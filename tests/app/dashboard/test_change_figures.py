"""What is held against what, when it is not, and by how much it changed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.dashboard.change_figures import (
    ComparedSpans,
    Totals,
    change_figures,
    compared_spans,
    signed_percent,
    totals_of,
    totals_until,
    why_incomparable,
)
from app.dashboard.instants import Period
from app.dashboard.known_hours import known_hours
from app.telemetry.coverage import AccountCoverage
from app.telemetry.grouping import GroupBy
from app.telemetry.measures import Estimate
from app.telemetry.summary import summary
from app.telemetry.time_span import TimeSpan
from core.database import Database
from ingestion.coverage import CoverageSpan, CoverageState
from tests.app.world import World, hour

WEEK = Period.of_dates(date(2026, 11, 16), date(2026, 11, 22))


def at(day: int, hour_of_day: int = 0) -> datetime:
    return datetime(2026, 11, day, hour_of_day, tzinfo=UTC)


def an_account(*spans: tuple[CoverageState, datetime, datetime], label: str = "Production") -> AccountCoverage:
    return AccountCoverage(1, label, [CoverageSpan(*span) for span in spans])


def some(grams: int, *, tokens: int = 1, requests: int | None = 1) -> Totals:
    estimate = Estimate(Decimal(grams) * 10**5, Decimal(grams) * 10**6, Decimal(grams) * 10**7)
    return Totals(co2e=estimate, energy=estimate, tokens=tokens, requests=requests)


NOTHING = Totals(co2e=None, energy=None, tokens=None, requests=None)


@pytest.mark.parametrize(
    ("complete_until", "current", "previous"),
    [
        (at(22, 11), (at(16), at(22)), (at(10), at(16))),  # today is going on
        (at(23, 1), (at(16), at(23)), (at(9), at(16))),  # the period is over
        (at(17), (at(16), at(17)), (at(15), at(16))),
    ],
)
def test_complete_days_are_held_against_as_many_before_them(
    complete_until: datetime, current: tuple[datetime, datetime], previous: tuple[datetime, datetime]
) -> None:
    assert compared_spans(WEEK, complete_until=complete_until) == ComparedSpans(Period(*current), Period(*previous))


@pytest.mark.parametrize("complete_until", [None, at(10), at(16, 23)])
def test_without_a_complete_day_nothing_is_compared(complete_until: datetime | None) -> None:
    assert compared_spans(WEEK, complete_until=complete_until) is None


SPANS = ComparedSpans(Period(at(16), at(22)), Period(at(10), at(16)))


def test_a_history_that_does_not_reach_back_is_no_fall_and_no_rise() -> None:
    accounts = [
        an_account(("known", at(10), at(23)), label="Whole"),
        an_account(("provider-has-none", at(10), at(12, 6)), ("known", at(12, 6), at(23)), label="Young"),
    ]
    assert why_incomparable(accounts, SPANS) == "No data of Young before 12 Nov 2026."


def test_hours_that_are_missing_in_either_span_are_named_from_a_hundredth_on() -> None:
    a_gap = an_account(("known", at(10), at(15)), ("missing", at(15), at(16)), ("known", at(16), at(23)))
    assert why_incomparable([a_gap], SPANS) == "Only 83 % of the hours before of Production are read."
    stalled = an_account(("known", at(10), at(21)), ("missing", at(21), at(23)))
    assert why_incomparable([stalled], SPANS) == "Only 83 % of the hours of Production are read."
    an_hour = an_account(("known", at(10), at(15, 23)), ("missing", at(15, 23), at(16)), ("known", at(16), at(23)))
    assert why_incomparable([an_hour], SPANS) is None


def test_an_account_that_was_never_read_in_either_span_hinders_nothing() -> None:
    gone = an_account(("not-connected", at(10), at(23)))
    assert why_incomparable([gone, an_account(("known", at(10), at(23)))], SPANS) is None


def test_a_change_is_exact_to_a_hundredth_of_a_per_cent() -> None:
    co2e, energy, tokens, requests = change_figures(some(7, tokens=30, requests=9), some(6, tokens=40, requests=9))
    assert (co2e.change_text, co2e.percent, co2e.current, co2e.previous) == ("+17 %", "16.67", "7", "6")
    assert (co2e.current_text, co2e.previous_text) == ("7.00 g", "6.00 g")
    assert energy.percent == "16.67"
    assert (tokens.change_text, tokens.percent) == ("−25 %", "-25.00")
    assert (requests.change_text, requests.percent) == ("±0 %", "0.00")


def test_nothing_before_is_no_rise_and_what_is_not_reported_is_no_fall() -> None:
    assert {each.change_text for each in change_figures(some(7), NOTHING)} == {"nothing before"}
    assert {each.percent for each in change_figures(NOTHING, some(7))} == {"-100.00"}
    *_, requests = change_figures(some(7, requests=None), some(6))
    assert (requests.change_text, requests.percent, requests.current) == ("not reported", "", "")


@pytest.mark.parametrize(
    ("percent", "text"),
    [("0.04", "±0 %"), ("-0.04", "±0 %"), ("8.26", "+8.3 %"), ("-8.26", "−8.3 %"), ("345.6", "+346 %"),
     ("1100.00", "12 times")],
)  # fmt: skip
def test_a_change_has_its_sign(percent: str, text: str) -> None:
    assert signed_percent(Decimal(percent)) == text


def test_hours_are_counted_of_accounts_that_had_a_key_and_the_open_ones_are_not_due() -> None:
    accounts = [
        an_account(("known", at(9), at(18)), ("missing", at(18), at(18, 2)), ("not-yet", at(18, 2), at(30))),
        an_account(("provider-has-none", at(9), at(17)), ("known", at(17), at(18, 2)), ("not-yet", at(18, 2), at(30))),
        an_account(("not-connected", at(9), at(30))),
    ]
    found = known_hours(accounts, WEEK)
    assert (found.known, found.due, found.share) == (48 + 26, 50 + 50, "74 %")
    assert found.reasons == ["2 missing (they are tried again)", "24 older than what the provider keeps"]


def test_only_the_whole_is_a_hundred_per_cent() -> None:
    end = WEEK.start + timedelta(days=150)
    nearly = an_account(("known", WEEK.start, end - timedelta(hours=1)), ("missing", end - timedelta(hours=1), end))
    assert known_hours([nearly], Period(WEEK.start, end)).share == "99.9 %"
    assert known_hours([an_account(("known", at(1), at(30)))], WEEK).share == "100 %"
    assert known_hours([], WEEK).due == 0


@pytest.mark.database
def test_the_days_of_a_chart_add_up_to_the_summary_of_these_days(built_database: Database, world: World) -> None:
    org_id = world.ada.org_id
    span = TimeSpan(hour(19, 0), hour(23, 0))
    by_day = summary(built_database, org_id, span=span, group_by=(GroupBy.DAY, GroupBy.MODEL))
    closed = summary(built_database, org_id, span=TimeSpan(hour(19, 0), hour(22, 0)))
    assert totals_until(by_day, hour(22, 0)) == totals_of(closed)
    assert totals_until(by_day, hour(23, 0)) == totals_of(by_day)
    assert totals_of(closed) != totals_of(by_day)
