"""Emission factors as people read them: grams CO2e per million tokens, digit for digit micrograms per token."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.dashboard.figures import Range
from warehouse.factor_set import BOUNDS, EmissionFactor, build_factors, read_table

COUNTERS = ("uncached_input", "cache_read", "cache_write_5m", "output")


@dataclass(frozen=True, slots=True)
class ClassFactors:
    model_class: str
    description: str
    grams_per_million: Mapping[str, Range]


def host_labels(version: str) -> dict[str, str]:
    """Host key -> label with its grid, as the table lists them."""
    return {
        row["host_key"]: f"{row['label']} (PUE {row['pue']}, {row['grid_g_per_kwh']} g/kWh)"
        for row in read_table(version, "hosting")
    }


def class_factors(version: str, host: str) -> list[ClassFactors]:
    """One row a class, as the table lists them."""
    found = {
        (factor.model_class, factor.counter, factor.bound): factor.micrograms_co2e_per_token
        for factor in _all_factors(version)
        if factor.host == host
    }
    return [
        ClassFactors(
            model_class=row["class"],
            description=row["description"],
            grams_per_million={
                counter: Range(*(found[row["class"], counter, bound] for bound in BOUNDS)) for counter in COUNTERS
            },
        )
        for row in read_table(version, "model_classes")
    ]


@cache
def _all_factors(version: str) -> list[EmissionFactor]:
    return build_factors(version)
