"""From exact sums to what a receipt states of them: totals rounded once, and lines that add up to them.

The rule is that of `carbonledger.verify.recompute`; each bound is rounded by itself, emissions and energy alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from carbonledger.verify.rounding import nearest, parts_of
from carbonledger.verify.strict_json import Json

from receipts.document import texts
from receipts.document.sealed_rows import BOUNDS, COUNTERS
from receipts.document.tallies import Tallies, Tally, known

Quantity = Literal["emissions", "energy"]
Whole = Mapping[str, int]
"""Whole micrograms or micro-Wh by bound."""


@dataclass(frozen=True, slots=True)
class StatedTotals:
    total: Whole
    usage: Whole
    adjustments: Whole


def totals_of(tallies: Tallies, quantity: Quantity) -> StatedTotals:
    """The total to the nearest whole, usage and adjustments as its parts."""
    total = {bound: nearest(exact) for bound, exact in known(_amounts(tallies.total, quantity)).items()}
    parts = _parts_by_bound(total, [known(_amounts(part, quantity)) for part in (tallies.usage, tallies.adjustments)])
    return StatedTotals(total, usage=parts[0], adjustments=parts[1])


def usage_lines(tallies: Tallies, emissions: StatedTotals, energy: StatedTotals) -> dict[str, Json]:
    """`models` and `projects`."""
    models = sorted(tallies.models.items())
    projects = sorted(tallies.projects.items())
    return {
        "models": _lines(
            [({"provider": key[0], "model": key[1] or None, "modelClass": key[2]}, tally) for key, tally in models],
            emissions.usage,
            energy.usage,
        ),
        "projects": _lines([({"name": name}, tally) for name, tally in projects], emissions.usage, energy.usage),
    }


def adjustment_lines(tallies: Tallies, emissions: StatedTotals, energy: StatedTotals) -> list[Json]:
    lines: list[tuple[dict[str, Json], Tally]] = [
        (
            {
                "originStart": origin[0],
                "originEnd": origin[1],
                "provider": model[0],
                "model": model[1] or None,
                "modelClass": model[2],
                "methodologyVersion": version,
            },
            tally,
        )
        for (origin, model, version), tally in sorted(tallies.adjustment_lines.items())
    ]
    return _lines(lines, emissions.adjustments, energy.adjustments)


def counters(tally: Tally) -> dict[str, Json]:
    """`tokens` and `requests`."""
    return {
        "tokens": dict(zip(COUNTERS, map(texts.count, tally.tokens), strict=True)),
        "requests": texts.count(tally.requests),
    }


def written(whole: Whole) -> dict[str, Json]:
    return {bound: str(whole[bound]) for bound in BOUNDS}


def _lines(lines: Sequence[tuple[dict[str, Json], Tally]], emissions: Whole, energy: Whole) -> list[Json]:
    tallies = [tally for _, tally in lines]
    emission_parts = _parts(tallies, emissions, lambda tally: tally.emissions)
    energy_parts = _parts(tallies, energy, lambda tally: tally.energy)
    return [
        {**key, "emissions": emissions_part, "energy": energy_part, **counters(tally)}
        for (key, tally), emissions_part, energy_part in zip(lines, emission_parts, energy_parts, strict=True)
    ]


def _parts(
    tallies: Sequence[Tally], whole: Whole, amounts_of: Callable[[Tally], list[Decimal] | None]
) -> list[dict[str, Json] | None]:
    """Of each tally its part, written; None where nothing is known of it."""
    amounts = [amounts_of(tally) for tally in tallies]
    parts = iter(_parts_by_bound(whole, [known(exact) for exact in amounts if exact is not None]))
    return [None if exact is None else written(next(parts)) for exact in amounts]


def _parts_by_bound(whole: Whole, exact: Sequence[Mapping[str, Decimal]]) -> list[dict[str, int]]:
    by_bound = {bound: parts_of(whole[bound], [part[bound] for part in exact]) for bound in BOUNDS}
    return [{bound: by_bound[bound][index] for bound in BOUNDS} for index in range(len(exact))]


def _amounts(tally: Tally, quantity: Quantity) -> list[Decimal] | None:
    return tally.emissions if quantity == "emissions" else tally.energy
