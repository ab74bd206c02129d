"""What the Receipt page shows, read off the signed document: grams for micrograms, lines, credits, and what is missing.

Keys and units are the receipt schema's. Nothing is worked out here that the document does not state.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.dashboard.figures import COUNTER_NAMES, NO_MODEL, PROVIDER_NAMES, Range
from app.dashboard.model_notes import note_of
from core.units import scaled_by_a_millionth

_TOKENS = {
    "uncachedInput": "uncached_input_tokens",
    "cacheRead": "cache_read_tokens",
    "cacheWrite5m": "cache_write_5m_tokens",
    "cacheWrite1h": "cache_write_1h_tokens",
    "output": "output_tokens",
}
_INPUT = ("uncachedInput", "cacheRead", "cacheWrite5m", "cacheWrite1h")


@dataclass(frozen=True, slots=True)
class LineFigure:
    """A model's or a project's line, or an adjustment. Ranges are grams CO2e and Wh; None where there is none."""

    name: str
    below: str
    co2e: Range | None
    energy: Range | None
    input_tokens: int | None
    output_tokens: int | None
    requests: int | None


@dataclass(frozen=True, slots=True)
class CreditFigure:
    """Units of one retirement that are the receipt's, `grams` of them: [from_gram, to_gram) of its block."""

    registry: str
    project: str
    project_id: str
    below: Sequence[str]
    serial_numbers: str
    units: str
    grams: Decimal
    from_gram: int
    to_gram: int
    retired_on: str
    retirement_id: str
    link: str | None


@dataclass(frozen=True, slots=True)
class DocumentFigures:
    """Grams CO2e and Wh. `tokens`: (name, number or None) for each counter."""

    emissions: Range
    energy: Range
    usage: Range
    adjusted: Range
    tokens: Sequence[tuple[str, int | None]]
    requests: int | None
    models: Sequence[LineFigure]
    projects: Sequence[LineFigure]
    adjustments: Sequence[LineFigure]
    retired: Decimal
    limit: Decimal
    carry_in: Decimal
    carry_out: Decimal
    not_covered: Decimal
    credits: Sequence[CreditFigure]
    known_hours: int
    missing_hours: int
    holes: Sequence[tuple[datetime, datetime]]
    methodology: str
    factor_set_sha256: str
    sealed_rows: int
    statement: str


def document_figures(receipt: Mapping[str, Any]) -> DocumentFigures:
    """From a receipt of ours that was parsed; an absent key is a KeyError, for its schema has them all."""
    subject = receipt["credentialSubject"]
    usage, adjustments, retired = subject["usage"], subject["adjustments"], subject["retired"]
    coverage, methodology = subject["coverage"], subject["methodology"]
    return DocumentFigures(
        emissions=_certain(subject["emissions"]),
        energy=_certain(subject["energy"]),
        usage=_certain(usage["emissions"]),
        adjusted=_certain(adjustments["emissions"]),
        tokens=[(COUNTER_NAMES[field], _number(usage["tokens"][key])) for key, field in _TOKENS.items()],
        requests=_number(usage["requests"]),
        models=[_model(line) for line in usage["models"]],
        projects=[_line(line, name=line["name"]) for line in usage["projects"]],
        adjustments=[_adjustment(line) for line in adjustments["lines"]],
        retired=Decimal(int(retired["grams"])),
        limit=Decimal(int(retired["coverageLimitGrams"])),
        carry_in=_grams(retired["carryInMicrograms"]),
        carry_out=_grams(retired["carryOutMicrograms"]),
        not_covered=_grams(retired["notCoveredMicrograms"]),
        credits=[_credit(each) for each in retired["credits"]],
        known_hours=int(coverage["knownHours"]),
        missing_hours=int(coverage["missingHours"]),
        holes=[(_instant(hole["start"]), _instant(hole["end"])) for hole in coverage["holes"]],
        methodology=methodology["version"],
        factor_set_sha256=methodology["factorSetSha256"],
        sealed_rows=int(subject["sealedUsage"]["rows"]),
        statement=subject["statement"],
    )


def _model(line: Mapping[str, Any]) -> LineFigure:
    provider = PROVIDER_NAMES.get(line["provider"], line["provider"])
    class_text = note_of(line["modelClass"], "").class_text
    return _line(line, name=line["model"] or NO_MODEL, below=f"{provider}, {class_text}")


def _adjustment(line: Mapping[str, Any]) -> LineFigure:
    origin = f"{_instant(line['originStart']):%-d %b %Y} – {_instant(line['originEnd']):%-d %b %Y}"
    provider = PROVIDER_NAMES.get(line["provider"], line["provider"])
    below = f"{provider}, of {origin}, method {line['methodologyVersion']}"
    return _line(line, name=line["model"] or NO_MODEL, below=below)


def _line(line: Mapping[str, Any], *, name: str, below: str = "") -> LineFigure:
    tokens = {key: _number(text) for key, text in line["tokens"].items()}
    known = [tokens[key] for key in _INPUT if tokens[key] is not None]
    return LineFigure(
        name=name,
        below=below,
        co2e=_range(line["emissions"]),
        energy=_range(line["energy"]),
        input_tokens=sum(each or 0 for each in known) if known else None,
        output_tokens=tokens["output"],
        requests=_number(line["requests"]),
    )


def _credit(credit: Mapping[str, Any]) -> CreditFigure:
    link = str(credit["unitRegistryLink"] or "")
    return CreditFigure(
        registry=credit["registry"],
        project=credit["projectName"],
        project_id=credit["projectId"],
        below=list(_facts(credit)),
        serial_numbers=credit["serialNumberBlock"],
        units=f"{credit['unitBlockStart']} – {credit['unitBlockEnd']}",
        grams=Decimal(int(credit["grams"])),
        from_gram=int(credit["fromGram"]),
        to_gram=int(credit["toGram"]),
        retired_on=credit["retiredOn"],
        retirement_id=credit["registryRetirementId"],
        link=link if link.startswith("https://") else None,
    )


def _facts(credit: Mapping[str, Any]) -> Iterator[str]:
    yield f"vintage {credit['vintageYear']}"
    yield str(credit["mitigationClass"])
    for key in ("projectType", "methodology", "hostCountry"):
        if credit[key]:
            yield str(credit[key])


def _certain(bounds: Mapping[str, Any]) -> Range:
    return Range(*(_grams(bounds[bound]) for bound in ("low", "central", "high")))


def _range(bounds: Mapping[str, Any] | None) -> Range | None:
    return None if bounds is None else _certain(bounds)


def _grams(micrograms: str) -> Decimal:
    """Also Wh for micro-Wh."""
    return Decimal(scaled_by_a_millionth(Decimal(micrograms)))


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
