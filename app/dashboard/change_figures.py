"""What changed against the span before: which days are held against which, whether they can be, and by how much.

Only days that every connection of the selection is complete for are compared, with as many days right before them. The
day that is going on is left out: a part of a day against a whole one would always be a fall.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from app.dashboard import quantities
from app.dashboard.figures import COUNTER_NAMES, Range
from app.dashboard.instants import DAY, Period, written_date
from app.dashboard.known_hours import hours_by_state, whole_or_less
from app.telemetry.coverage import AccountCoverage
from app.telemetry.measures import Estimate, Measures
from app.telemetry.summary import Summary
from core.clock import floor_to_day

KNOWN_ENOUGH = Decimal("0.99")
"""Of an account's hours in each of the two spans: a hundredth lost moves a change by about a hundredth."""

NOTHING_BEFORE = "nothing before"
NOT_REPORTED = "not reported"


@dataclass(frozen=True, slots=True)
class ComparedSpans:
    """Whole days, equally many, one span right after the other."""

    current: Period
    previous: Period


@dataclass(frozen=True, slots=True)
class Totals:
    """Exact; estimates in micrograms CO2e and micro-Wh. None: nothing is known."""

    co2e: Estimate | None
    energy: Estimate | None
    tokens: int | None
    requests: int | None


@dataclass(frozen=True, slots=True)
class ChangeFigure:
    """`current` and `previous` are exact text, in grams, Wh or a count; `percent` is rounded to a hundredth. All
    are empty where there is none."""

    key: str
    name: str
    change_text: str
    percent: str
    current: str
    previous: str
    current_text: str
    previous_text: str


def compared_spans(period: Period, *, complete_until: datetime | None) -> ComparedSpans | None:
    """The whole days of the period before `complete_until`, and those before them; None if there is no such day."""
    if complete_until is None:
        return None
    end = min(period.end, floor_to_day(complete_until))
    if end <= period.start:
        return None
    return ComparedSpans(Period(period.start, end), Period(period.start - (end - period.start), period.start))


def why_incomparable(accounts: Iterable[AccountCoverage], spans: ComparedSpans) -> str | None:
    """A sentence on the first account that is not known well enough in both spans; None if all are.

    An account without a known hour in either span adds nothing to either, so it is no hindrance.
    """
    for account in accounts:
        known = [hours_by_state(account, span.start, span.end)["known"] for span in (spans.previous, spans.current)]
        whole = (spans.current.end - spans.current.start) // DAY * 24
        if not any(known) or min(known) >= whole * KNOWN_ENOUGH:
            continue
        if known[0] < whole * KNOWN_ENOUGH:
            return _of_the_span_before(account, spans.previous, known[0], whole)
        return f"Only {whole_or_less(known[1], whole)} of the hours of {account.connection_label} are read."
    return None


def totals_until(by_day: Summary, end: datetime) -> Totals:
    """The sums of those rows of a summary by day (and anything else) that lie before `end`, a midnight."""
    return _sum([row.measures for row in by_day.rows if _is_before(row.group["day"], end)])


def totals_of(summary: Summary) -> Totals:
    return _sum([summary.totals])


def change_figures(current: Totals, previous: Totals) -> list[ChangeFigure]:
    """CO2e and energy by their central estimates, tokens, and requests."""
    return [
        _figure("co2e", "CO2e, central", _central(current, "co2e"), _central(previous, "co2e"), quantities.mass),
        _figure(
            "energy", "Energy, central", _central(current, "energy"), _central(previous, "energy"), quantities.energy
        ),
        _figure("tokens", "Tokens", _counted(current, "tokens"), _counted(previous, "tokens"), _count),
        _figure("requests", "Requests", _counted(current, "requests"), _counted(previous, "requests"), _count),
    ]


def percent_change(current: Decimal, previous: Decimal) -> Decimal:
    """Half-even to a hundredth of a per cent. `previous` is not zero."""
    return (current * 100 / previous - 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)


def signed_percent(percent: Decimal) -> str:
    """`+12 %`, `−8.3 %`, `±0 %`; above a thousand per cent how many times as much."""
    if percent > 1000:
        return f"{percent / 100 + 1:,.0f} times"
    size = abs(percent)
    written = f"{size:.0f}" if size >= 10 else f"{size:.1f}"
    if written == "0.0":
        return "±0 %"
    return f"{'+' if percent > 0 else '−'}{written} %"


def _of_the_span_before(account: AccountCoverage, previous: Period, known: int, whole: int) -> str:
    first = next((span.start for span in account.spans if span.state == "known"), None)
    if first is not None and first > previous.start:
        return f"No data of {account.connection_label} before {written_date(first)}."
    return f"Only {whole_or_less(known, whole)} of the hours before of {account.connection_label} are read."


def _central(totals: Totals, estimate: Literal["co2e", "energy"]) -> Decimal | None:
    """In grams or Wh. Zero where nothing was used, None where what was used has no estimate."""
    if not totals.tokens:
        return Decimal(0)
    found = Range.of(getattr(totals, estimate))
    return None if found is None else found.central


def _counted(totals: Totals, counter: Literal["tokens", "requests"]) -> Decimal | None:
    """Zero where nothing was used, None where no provider reports it."""
    number: int | None = getattr(totals, counter)
    if not totals.tokens:
        return Decimal(number or 0)
    return None if number is None else Decimal(number)


def _count(amount: Decimal) -> str:
    return quantities.count(int(amount))


def _figure(
    key: str, name: str, current: Decimal | None, previous: Decimal | None, written: Callable[[Decimal], str]
) -> ChangeFigure:
    if current is None or previous is None:
        return ChangeFigure(key, name, NOT_REPORTED, "", "", "", "", "")
    percent = percent_change(current, previous) if previous else None
    return ChangeFigure(
        key=key,
        name=name,
        change_text=NOTHING_BEFORE if percent is None else signed_percent(percent),
        percent="" if percent is None else f"{percent}",
        current=f"{current}",
        previous=f"{previous}",
        current_text=written(current),
        previous_text=written(previous),
    )


def _is_before(day: object, end: datetime) -> bool:
    return f"{day}" < f"{end:%Y-%m-%d}"


def _sum(measured: Sequence[Measures]) -> Totals:
    return Totals(
        co2e=_sum_of_estimates([each.co2e for each in measured]),
        energy=_sum_of_estimates([each.energy for each in measured]),
        tokens=_sum_of_counts([each.counters[name] for each in measured for name in COUNTER_NAMES]),
        requests=_sum_of_counts([each.counters["requests"] for each in measured]),
    )


def _sum_of_estimates(estimates: Iterable[Estimate | None]) -> Estimate | None:
    known = [estimate for estimate in estimates if estimate is not None]
    return Estimate(*(sum(bound, Decimal(0)) for bound in zip(*known, strict=True))) if known else None


def _sum_of_counts(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
