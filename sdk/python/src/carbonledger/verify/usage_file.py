"""Read a sealed usage file: bytes -> its header, prices and rows, exact. What the lines are says `recompute`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from carbonledger.verify.errors import VerificationError
from carbonledger.verify.strict_json import parse_object

FORMAT = "carbonledger-sealed-usage-1"
COUNTERS = ("uncachedInput", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output")

_DECIMAL = re.compile(r"0|-?(?:0|[1-9][0-9]{0,37})\.[0-9]{0,17}[1-9]|-?[1-9][0-9]{0,37}")
_COUNT = re.compile(r"0|-?[1-9][0-9]{0,18}")


class Bounds(NamedTuple):
    """Exact micrograms CO2e or micro-Wh."""

    low: Decimal
    central: Decimal
    high: Decimal


class Price(NamedTuple):
    """Of one token: micrograms CO2e and micro-Wh."""

    emissions: Bounds
    energy: Bounds


class PriceKey(NamedTuple):
    version: str
    model_class: str
    host: str
    counter: str


class Span(NamedTuple):
    """Half-open, UTC."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Usage of one bucket. `origin`: the earlier period that it adjusts, counts being differences; null: none."""

    origin: Span | None
    project: str
    provider: str
    model: str | None
    model_class: str
    host: str
    version: str
    tokens: Mapping[str, int | None]
    requests: int | None
    emissions: Bounds | None
    energy: Bounds | None


@dataclass(frozen=True, slots=True)
class UsageFile:
    period: Span
    version: str
    carry_in_micrograms: Decimal
    coverage_limit_grams: int
    prices: Mapping[PriceKey, Price]
    rows: tuple[UsageRow, ...]


def read_usage_file(file: bytes) -> UsageFile:
    """What the file says. Raises VerificationError if it is not a sealed usage file, whole and in this format."""
    lines = file.split(b"\n")
    if lines.pop() != b"" or not lines:
        raise VerificationError("The usage file does not end with a line feed: it is cut off.")
    header, *rest = map(parse_object, lines)
    try:
        return _usage_file(header, rest)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, VerificationError):
            raise
        raise VerificationError("A line of the usage file is not in the format of sealed usage.") from error


def _usage_file(header: Mapping[str, Any], lines: list[dict[str, Any]]) -> UsageFile:
    if header["format"] != FORMAT:
        raise VerificationError(f"The usage file is not in the format {FORMAT}.")
    factor_count, row_count = _count(header["factors"]), _count(header["rows"])
    if factor_count < 0 or factor_count + row_count != len(lines):
        raise VerificationError("The usage file has not as many lines as its header says.")
    factors, rows = lines[:factor_count], lines[factor_count:]
    if {line["kind"] for line in factors} - {"factor"} or {line["kind"] for line in rows} - {"usage"}:
        raise VerificationError("The usage file's lines are not in order: first factors, then usage.")
    return UsageFile(
        period=_span(header["period"]),
        version=_text(header["methodologyVersion"]),
        carry_in_micrograms=_decimal(header["carryInMicrograms"]),
        coverage_limit_grams=_count(header["coverageLimitGrams"]),
        prices=dict(_prices(factors)),
        rows=tuple(_row(line) for line in rows),
    )


def _prices(factors: list[dict[str, Any]]) -> Iterator[tuple[PriceKey, Price]]:
    by_key: dict[PriceKey, dict[str, tuple[Decimal, Decimal]]] = {}
    for line in factors:
        key = PriceKey(*(_text(line[name]) for name in ("version", "class", "host", "counter")))
        bounds = by_key.setdefault(key, {})
        if line["bound"] in bounds:
            raise VerificationError(f"A factor is there twice: {', '.join(key)}.")
        bounds[line["bound"]] = _decimal(line["microgramsPerToken"]), _decimal(line["microWhPerToken"])
    for key, bounds in by_key.items():
        masses, energies = zip(bounds["low"], bounds["central"], bounds["high"], strict=True)
        yield key, Price(Bounds(*masses), Bounds(*energies))


def _row(line: Mapping[str, Any]) -> UsageRow:
    if line["tokens"].keys() != set(COUNTERS):
        raise VerificationError("A row of the usage file does not have exactly the counters of tokens.")
    return UsageRow(
        origin=None if line["origin"] is None else _span(line["origin"]),
        project=_text(line["project"]),
        provider=_text(line["provider"]),
        model=None if line["model"] is None else _text(line["model"]),
        model_class=_text(line["modelClass"]),
        host=_text(line["host"]),
        version=_text(line["methodologyVersion"]),
        tokens={counter: None if count is None else _count(count) for counter, count in line["tokens"].items()},
        requests=None if line["requests"] is None else _count(line["requests"]),
        emissions=_bounds(line["emissions"]),
        energy=_bounds(line["energy"]),
    )


def _bounds(members: Mapping[str, str] | None) -> Bounds | None:
    return None if members is None else Bounds(*(_decimal(members[bound]) for bound in Bounds._fields))


def _span(members: Mapping[str, Any]) -> Span:
    return Span(_text(members["start"]), _text(members["end"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise VerificationError("The usage file holds something else where a text belongs.")
    return value


def _decimal(text: str) -> Decimal:
    if _DECIMAL.fullmatch(text) is None:
        raise VerificationError(f"The usage file holds {text[:40]!r} where a decimal belongs.")
    return Decimal(text)


def _count(text: str) -> int:
    if _COUNT.fullmatch(text) is None:
        raise VerificationError(f"The usage file holds {text[:40]!r} where a whole number belongs.")
    return int(text)
