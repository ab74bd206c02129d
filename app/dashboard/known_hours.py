"""How much of a span was read, in hours and in words, out of the coverage of its accounts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.instants import Period
from app.telemetry.coverage import AccountCoverage
from ingestion.coverage import CoverageState

HOUR = timedelta(hours=1)
REASONS: dict[CoverageState, str] = {
    "missing": "missing (they are tried again)",
    "provider-has-none": "older than what the provider keeps",
    "not-connected": "without a key",
}


@dataclass(frozen=True, slots=True)
class KnownHours:
    """Account hours: an hour of two accounts counts twice. `due` leaves out those that are not over or not due yet."""

    known: int
    due: int
    share: str
    reasons: Sequence[str]


def known_hours(accounts: Iterable[AccountCoverage], period: Period) -> KnownHours:
    """Of the accounts that had a key, or usage that was read, at some time in the period."""
    hours: Counter[CoverageState] = Counter()
    for account in accounts:
        of_account = hours_by_state(account, period.start, period.end)
        if of_account["known"] or of_account["missing"]:
            hours.update(of_account)
    due = hours.total() - hours["not-yet"]
    return KnownHours(
        known=hours["known"],
        due=due,
        share=whole_or_less(hours["known"], due),
        reasons=[f"{quantities.count(hours[state])} {reason}" for state, reason in REASONS.items() if hours[state]],
    )


def hours_by_state(account: AccountCoverage, start: datetime, end: datetime) -> Counter[CoverageState]:
    """The whole hours of [start, end) in each state."""
    hours: Counter[CoverageState] = Counter()
    for span in account.spans:
        shared = min(span.end, end) - max(span.start, start)
        hours[span.state] += max(shared // HOUR, 0)
    return hours


def whole_or_less(part: int, whole: int) -> str:
    """In per cent; `100 %` only of the whole."""
    share = quantities.percent(Decimal(part), Decimal(whole))
    return "99.9 %" if share == "100 %" and part < whole else share
