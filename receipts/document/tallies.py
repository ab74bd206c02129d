"""Exact sums of sealed rows: over the period's own usage by model and by project, over adjustments by origin and model.

Of what is not known nothing is added; a sum of which nothing is known is None.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from carbonledger.verify.rounding import exact_sum

from receipts.document.sealed_rows import BOUNDS, COUNTERS, Bounds, Origin, SealedRow

ModelKey = tuple[str, str, str]
"""Provider, model ("": the provider does not say), class."""
AdjustmentKey = tuple[Origin, ModelKey, str]
"""Origin, model, factor version."""


@dataclass(slots=True)
class Tally:
    """Sums of some rows. `tokens`: in the order of COUNTERS."""

    emissions: list[Decimal] | None = None
    energy: list[Decimal] | None = None
    tokens: list[int | None] = field(default_factory=lambda: [None] * len(COUNTERS))
    requests: int | None = None

    def add(self, row: SealedRow) -> None:
        self.emissions = _plus(self.emissions, row.emissions)
        self.energy = _plus(self.energy, row.energy)
        self.tokens = [_count(known, more) for known, more in zip(self.tokens, row.tokens, strict=True)]
        self.requests = _count(self.requests, row.requests)


@dataclass(slots=True)
class Tallies:
    """Every sum that a receipt states; `total` of usage and adjustments together."""

    total: Tally = field(default_factory=Tally)
    usage: Tally = field(default_factory=Tally)
    adjustments: Tally = field(default_factory=Tally)
    models: dict[ModelKey, Tally] = field(default_factory=dict)
    projects: dict[str, Tally] = field(default_factory=dict)
    adjustment_lines: dict[AdjustmentKey, Tally] = field(default_factory=dict)

    def add(self, row: SealedRow) -> None:
        model = (row.provider, row.model or "", row.model_class)
        self.total.add(row)
        if row.origin is None:
            self.usage.add(row)
            self.models.setdefault(model, Tally()).add(row)
            self.projects.setdefault(row.project, Tally()).add(row)
        else:
            self.adjustments.add(row)
            key = (row.origin, model, row.factor_version)
            self.adjustment_lines.setdefault(key, Tally()).add(row)


def tallies_of(rows: Iterable[SealedRow]) -> Tallies:
    tallies = Tallies()
    for row in rows:
        tallies.add(row)
    return tallies


def known(amounts: list[Decimal] | None) -> Mapping[str, Decimal]:
    """By bound; zeros where nothing is known, as totals say it."""
    return dict(zip(BOUNDS, amounts or [Decimal(0)] * len(BOUNDS), strict=True))


def _plus(known_so_far: list[Decimal] | None, more: Bounds | None) -> list[Decimal] | None:
    if more is None:
        return known_so_far
    if known_so_far is None:
        return list(more)
    return [exact_sum(pair) for pair in zip(known_so_far, more, strict=True)]


def _count(known_so_far: int | None, more: int | None) -> int | None:
    return known_so_far if more is None else more + (known_so_far or 0)
