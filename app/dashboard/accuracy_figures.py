"""What the Accuracy page shows of a connection, worked out of ConnectionAccuracy: sentences, days and shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from app.dashboard.figures import PROVIDER_NAMES
from app.telemetry.accuracy import ConnectionAccuracy
from core.ids import public_id
from warehouse.accuracy import TOLERANCE, DayAccuracy, over_days

Tone = Literal["good", "warn", "bad", "quiet"]

COUNTER_WORDS = {
    "uncached_input_tokens": "uncached input",
    "cache_read_tokens": "cache reads",
    "cache_write_5m_tokens": "cache writes",
    "cache_write_1h_tokens": "cache writes for an hour",
    "output_tokens": "output",
    "requests": "requests",
}
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class DayFigure:
    """One closed UTC day; `parts` says of each counter that differs by how much."""

    day: str
    is_equal: bool
    counted_tokens: int
    provider_tokens: int
    difference: int
    share: str
    parts: str


@dataclass(frozen=True, slots=True)
class AccuracyFigure:
    public_id: str
    connection_id: int
    name: str
    provider_name: str
    tone: Tone
    verdict: str
    sentence: str
    failure: str | None
    days: Sequence[DayFigure]

    @property
    def differing(self) -> list[date]:
        """Newest first."""
        return [date.fromisoformat(day.day) for day in self.days if not day.is_equal]


def accuracy_figure(found: ConnectionAccuracy) -> AccuracyFigure:
    tone, verdict, sentence = _verdict(found, len(found.days_that_differ))
    return AccuracyFigure(
        public_id=public_id("conn", found.connection_id),
        connection_id=found.connection_id,
        name=found.connection_label,
        provider_name=PROVIDER_NAMES[found.provider],
        tone=tone,
        verdict=verdict,
        sentence=sentence,
        failure=None if found.failure is None else found.failure.sentence,
        days=[_day(day) for day in found.days],
    )


def signed_percent(share: Decimal | None) -> str:
    """`0 %`, `−4.17 %`; below a hundredth of a per cent, either way, `< 0.01 %`; `–` of nothing."""
    if share is None:
        return "–"
    percent = share * _HUNDRED
    if percent == 0:
        return "0 %"
    sign = "−" if percent < 0 else "+"
    size = abs(percent)
    return "< 0.01 %" if size < Decimal("0.01") else f"{sign}{size:.2f} %"


def _verdict(found: ConnectionAccuracy, differing: int) -> tuple[Tone, str, str]:
    promised = found.promised
    provider = PROVIDER_NAMES[found.provider]
    if promised is None:
        return "quiet", "not compared yet", f"{provider} is asked once a day for the days that have closed."
    tolerance = f"±{TOLERANCE * _HUNDRED:.0f} %"
    week = f"{signed_percent(promised.share)} over the last {promised.days} closed days; promised is {tolerance}."
    if not promised.is_within_tolerance:
        return "bad", "beyond the promise", f"{week} The days below that differ are read again."
    if differing:
        days = "1 day differs" if differing == 1 else f"{differing} days differ"
        return "warn", days, f"{week} Days that differ are read again by themselves, once an answer."
    return "good", "equal to the provider", f"{week} Every closed day is counted as {provider} counts it."


def _day(day: DayAccuracy) -> DayFigure:
    tokens = over_days([day])
    parts = [f"{COUNTER_WORDS[name]} {difference:+,}" for name, difference in day.differences.items() if difference]
    return DayFigure(
        day=day.usage_date.isoformat(),
        is_equal=day.is_equal,
        counted_tokens=tokens.counted_tokens,
        provider_tokens=tokens.provider_tokens,
        difference=tokens.difference,
        share=signed_percent(tokens.share),
        parts=", ".join(parts),
    )
