"""What the overview shows, worked out of a Summary: grams for micrograms, shares, names, and what is not known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.model_notes import ModelNote, note_of
from app.dashboard.palette import COUNTER_COLOURS
from app.telemetry.grouping import GroupBy
from app.telemetry.measures import Estimate, Measures
from app.telemetry.summary import Summary, SummaryRow

PROVIDER_NAMES = {"openai": "OpenAI", "anthropic": "Anthropic", "openrouter": "OpenRouter"}
NO_MODEL = "(no model named)"
COUNTER_NAMES = {
    "uncached_input_tokens": "Uncached input",
    "cache_read_tokens": "Read from cache",
    "cache_write_5m_tokens": "Written to cache",
    "cache_write_1h_tokens": "Written to cache for an hour",
    "output_tokens": "Output",
}
EMITTER_NAMES = {
    "uncached_input": ("Uncached input", "uncached_input_tokens"),
    "cache_read": ("Read from cache", "cache_read_tokens"),
    "cache_write": ("Written to cache", "cache_write_5m_tokens"),
    "output": ("Output", "output_tokens"),
}
INPUT_COUNTERS = tuple(name for name in COUNTER_NAMES if name != "output_tokens")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Range:
    """Low, central and high in grams CO2e or Wh, exact."""

    low: Decimal
    central: Decimal
    high: Decimal

    @classmethod
    def of(cls, estimate: Estimate | None) -> "Range | None":
        if estimate is None:
            return None
        return cls(**{bound: Decimal(text) for bound, text in estimate.scaled().items()})


@dataclass(frozen=True, slots=True)
class CounterFigure:
    field: str
    name: str
    colour: str
    tokens: int | None
    share: str
    width: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class EmitterFigure:
    """CO2e of one kind of token; the two kinds of cache write share a factor table and are one here."""

    key: str
    name: str
    colour: str
    co2e: Range
    share: str
    width: Decimal


@dataclass(frozen=True, slots=True)
class ModelFigure:
    name: str
    provider: str
    provider_name: str
    note: ModelNote
    input_tokens: int | None
    output_tokens: int | None
    requests: int | None
    cached_share: str | None
    co2e: Range | None
    share: str
    width: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    period_text: str
    co2e: Range | None
    central_position: Decimal
    energy: Range | None
    avoided: Range | None
    tokens: int
    input_tokens: int
    output_tokens: int
    requests: int | None
    requests_note: str
    counters: Sequence[CounterFigure]
    emitters: Sequence[EmitterFigure]
    cached_share: str | None
    models: Sequence[ModelFigure]


def figures(
    by_model: Summary, classes: Mapping[tuple[str, str | None], tuple[str, str]], *, period_text: str
) -> Figures:
    """From a summary by provider and model, and each model's (class, confidence)."""
    totals = by_model.totals
    co2e = Range.of(totals.co2e)
    counters = totals.counters
    return Figures(
        period_text=period_text,
        co2e=co2e,
        central_position=central_position(co2e) if co2e else HUNDRED,
        energy=Range.of(totals.energy),
        avoided=Range.of(totals.avoided_by_cache),
        tokens=sum(counters[name] or 0 for name in COUNTER_NAMES),
        input_tokens=input_tokens(totals) or 0,
        output_tokens=counters["output_tokens"] or 0,
        requests=counters["requests"],
        requests_note=_known_note(totals, "requests") or "as the providers count them",
        counters=list(_counter_figures(totals)),
        emitters=list(_emitter_figures(totals)),
        cached_share=cached_share(totals),
        models=_model_figures(by_model, classes, co2e),
    )


def series_name(row: SummaryRow, by: GroupBy) -> str:
    """How a row's model, provider or project is called on the page."""
    match by:
        case GroupBy.PROVIDER:
            return PROVIDER_NAMES.get(str(row.group["provider"]), str(row.group["provider"]))
        case GroupBy.CONNECTION:
            return str(row.group["connection_label"])
        case GroupBy.PROJECT:
            return str(row.group["project_name"] or "(no project)")
        case _:
            return str(row.group["model"] or NO_MODEL)


def central_position(span: Range) -> Decimal:
    """Where the central value lies between low and high on a logarithmic scale, in per cent."""
    if not 0 < span.low < span.high:
        return HUNDRED / 2
    return ((span.central / span.low).ln() / (span.high / span.low).ln() * HUNDRED).quantize(Decimal("0.1"))


def input_tokens(measures: Measures) -> int | None:
    """All input, cached or not; None if no part of it is reported."""
    known = [measures.counters[name] for name in INPUT_COUNTERS]
    return None if all(tokens is None for tokens in known) else sum(tokens or 0 for tokens in known)


def cached_share(measures: Measures) -> str | None:
    read, whole = measures.counters["cache_read_tokens"], input_tokens(measures)
    return None if read is None or not whole else quantities.percent(Decimal(read), Decimal(whole))


def _counter_figures(totals: Measures) -> Iterator[CounterFigure]:
    whole = Decimal(sum(totals.counters[name] or 0 for name in COUNTER_NAMES))
    for field, name in COUNTER_NAMES.items():
        tokens = totals.counters[field]
        yield CounterFigure(
            field=field,
            name=name,
            colour=COUNTER_COLOURS[field],
            tokens=tokens,
            share="" if tokens is None else quantities.percent(Decimal(tokens), whole),
            width=width_of(Decimal(tokens or 0), whole),
            note=_known_note(totals, field),
        )


def _emitter_figures(totals: Measures) -> Iterator[EmitterFigure]:
    found = {emitter: Range.of(totals.co2e_by_counter[emitter]) for emitter in EMITTER_NAMES}
    whole = sum((co2e.central for co2e in found.values() if co2e), Decimal(0))
    for emitter, co2e in found.items():
        if co2e is not None:
            name, counter = EMITTER_NAMES[emitter]
            yield EmitterFigure(
                key=emitter,
                name=name,
                colour=COUNTER_COLOURS[counter],
                co2e=co2e,
                share=quantities.percent(co2e.central, whole),
                width=width_of(co2e.central, whole),
            )


def _known_note(totals: Measures, counter: str) -> str:
    """How much of the usage has this counter, where not all of it does."""
    known, rows = totals.known_rows[counter], totals.usage_rows
    if known == rows:
        return ""
    return f"reported for {quantities.percent(Decimal(known), Decimal(rows))} of usage rows"


def _model_figures(
    by_model: Summary, classes: Mapping[tuple[str, str | None], tuple[str, str]], total: Range | None
) -> list[ModelFigure]:
    whole = total.central if total else Decimal(0)
    found = []
    for row in by_model.rows:
        provider, model = str(row.group["provider"]), row.group["model"]
        name = None if model is None else str(model)
        co2e = Range.of(row.measures.co2e)
        part = co2e.central if co2e else Decimal(0)
        found.append(
            ModelFigure(
                name=name or NO_MODEL,
                provider=provider,
                provider_name=PROVIDER_NAMES.get(provider, provider),
                note=note_of(*classes.get((provider, name), ("UNK", "low"))),
                input_tokens=input_tokens(row.measures),
                output_tokens=row.measures.counters["output_tokens"],
                requests=row.measures.counters["requests"],
                cached_share=cached_share(row.measures),
                co2e=co2e,
                share=quantities.percent(part, whole) if co2e else "",
                width=width_of(part, whole),
            )
        )
    return sorted(found, key=lambda figure: (-(figure.co2e.central if figure.co2e else -1), figure.name))


def width_of(part: Decimal, whole: Decimal) -> Decimal:
    """A share in per cent, as the length of a bar."""
    return (part * HUNDRED / whole).quantize(Decimal("0.01")) if whole else Decimal(0)
