"""The published worked examples of a methodology version, worked out by its factors as the warehouse does it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from warehouse.factor_set import BOUNDS, Bound, Row, build_factors

# Example column -> counter of the factor set.
EXAMPLE_TOKENS = {
    "uncached_in": "uncached_input",
    "cache_read": "cache_read",
    "cache_write": "cache_write_5m",
    "output": "output",
}
MICRO = Decimal(1_000_000)

_Factors = Mapping[tuple[str, str, str, Bound], Decimal]


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """Facility energy and CO2e of one example, exact; `published` is the row that it was published with, as text."""

    published: Row
    energy_wh: Mapping[Bound, Decimal]
    co2e_grams: Mapping[Bound, Decimal]


def worked_examples(version: str) -> list[Row]:
    """The published worked examples, as text; they are no input of the factors."""
    folder = version.replace(".", "_")
    file = files("warehouse.methodology").joinpath(folder, "examples", "worked_examples.csv")
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


@cache
def work_out(version: str) -> tuple[WorkedExample, ...]:
    """Every example of the version, in the order of the table."""
    factors = build_factors(version)
    keys = [(factor.model_class, factor.host, factor.counter, factor.bound) for factor in factors]
    micrograms = dict(zip(keys, (factor.micrograms_co2e_per_token for factor in factors), strict=True))
    micro_wh = dict(zip(keys, (factor.micro_wh_per_token for factor in factors), strict=True))
    return tuple(
        WorkedExample(example, energy_wh=_sums(example, micro_wh), co2e_grams=_sums(example, micrograms))
        for example in worked_examples(version)
    )


def _sums(example: Row, factors: _Factors) -> dict[Bound, Decimal]:
    key = (example["class"], example["host"])
    tokens = {counter: int(example[column]) for column, counter in EXAMPLE_TOKENS.items()}
    return {
        bound: sum((count * factors[*key, counter, bound] for counter, count in tokens.items()), Decimal(0)) / MICRO
        for bound in BOUNDS
    }
