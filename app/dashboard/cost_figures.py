"""What the Accuracy page shows of a connection's costs, worked out of ConnectionCosts: sentences, days and shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import assert_never

from app.dashboard.accuracy_figures import Tone, signed_percent
from app.telemetry.costs import ConnectionCosts
from warehouse.costs import TOLERANCE, CostState, DayCosts, SpanCosts, over_days
from warehouse.model_prices import PRICE_LIST

NOT_SAID = "–"
_TOLERANCE = f"±{TOLERANCE * 100:.0f} %"


@dataclass(frozen=True, slots=True)
class CostDayFigure:
    """One closed UTC day; `notes` says what a reader should know of it. Amounts with their exact text beside."""

    day: str
    state: CostState
    tone: Tone
    word: str
    priced: str
    provider: str
    difference: str
    share: str
    exact: tuple[str, str, str]
    notes: str


@dataclass(frozen=True, slots=True)
class CostFigure:
    tone: Tone
    verdict: str
    sentence: str
    failure: str | None
    days: Sequence[CostDayFigure]


def cost_figure(found: ConnectionCosts) -> CostFigure:
    failure = None if found.failure is None else found.failure.sentence
    if found.promised is None:
        return CostFigure(
            "quiet", "not compared yet", "The provider is asked once a day what closed days cost.", failure, []
        )
    tone, verdict = _verdict(found.promised.state)
    return CostFigure(tone, verdict, _sentence(found.promised), failure, [_day(day) for day in found.days])


def dollars(micros: Decimal | None) -> str:
    """`$12.35`; below a dollar with four decimals; `$0` of exactly that; `–` where nothing is said."""
    if micros is None:
        return NOT_SAID
    if not micros:
        return "$0"
    usd = micros.scaleb(-6)
    size = abs(usd).quantize(Decimal("0.01") if abs(usd) >= 1 else Decimal("0.0001"), rounding=ROUND_HALF_EVEN)
    return f"{'−' if usd < 0 else ''}${size:,}"


def _verdict(state: CostState) -> tuple[Tone, str]:
    match state:
        case "within":
            return "good", f"within {_TOLERANCE}"
        case "beyond":
            return "warn", f"beyond {_TOLERANCE}"
        case "incomplete":
            return "quiet", "part has no price"
        case "unknown":
            return "quiet", "not known"
        case _:
            assert_never(state)


def _sentence(span: SpanCosts) -> str:
    days = "the last closed day" if span.days == 1 else f"the last {span.days} closed days"
    said = f"{dollars(span.priced_micro_usd)} by list price ({PRICE_LIST}) for {days}"
    if span.provider_micro_usd is None:
        compared = f"{said}; the provider has not said what they cost in US dollars."
    else:
        compared = (
            f"{said}, {dollars(span.provider_micro_usd)} by the provider: {signed_percent(span.share)}; tolerance is"
            f" {_TOLERANCE}."
        )
    tokens = span.priced_tokens + span.unpriced_tokens
    return (
        f"{compared} {span.unpriced_tokens:,} of {tokens:,} tokens have no price." if span.unpriced_tokens else compared
    )


def _day(day: DayCosts) -> CostDayFigure:
    span = over_days([day])
    tone, word = _verdict(span.state)
    difference = span.difference
    return CostDayFigure(
        day=day.usage_date.isoformat(),
        state=span.state,
        tone=tone,
        word=word,
        priced=dollars(day.priced_micro_usd),
        provider=dollars(day.provider_micro_usd),
        difference=dollars(difference),
        share=signed_percent(span.share),
        exact=(_exact(day.priced_micro_usd), _exact(day.provider_micro_usd), _exact(difference)),
        notes="; ".join(_notes(day)),
    )


def _notes(day: DayCosts) -> list[str]:
    notes = []
    if day.unpriced_tokens:
        notes.append(f"{day.unpriced_tokens:,} tokens without a price")
    if day.other_micro_usd:
        notes.append(f"{dollars(day.other_micro_usd)} more for other things than tokens")
    if day.currency is not None and day.provider_micro_usd is None:
        notes.append(f"billed in {day.currency}, and not compared")
    return notes


def _exact(micros: Decimal | None) -> str:
    """Dollars as the API writes them; nothing of nothing."""
    return "" if micros is None else f"{micros.scaleb(-6):.12f}"
