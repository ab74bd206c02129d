"""Emission factors as people read them: grams CO2e per million tokens, digit for digit micrograms per token."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.dashboard.figures import Range
from warehouse.factor_set import BOUNDS, build_factors, read_table

COUNTERS = {
    "uncached_input": "Uncached input",
    "cache_read": "Cache read",
    "cache_write_5m": "Cache write",
    "cache_write_1h": "Cache write, an hour",
    "output": "Output",
}

# The table's own labels of these two are notes on how to choose the row, and a released table is never edited.
SHORT_NAMES = {"gpu_cloud_us": "GPU clouds in the USA", "openrouter": "OpenRouter, upstream not named"}


@dataclass(frozen=True, slots=True)
class ClassFactors:
    """Of a class at one host; the counters are those of COUNTERS."""

    model_class: str
    description: str
    grams_per_million: Mapping[str, Range]


def host_names(version: str) -> dict[str, str]:
    """Host key -> a name that fits into a line, in the order of the table."""
    return {row["host_key"]: SHORT_NAMES.get(row["host_key"], row["label"]) for row in read_table(version, "hosting")}


def host_labels(version: str) -> dict[str, str]:
    """Host key -> its name with its PUE and grid."""
    return {
        row["host_key"]: f"{row['label']} (PUE {row['pue']}, {row['grid_g_per_kwh']} g/kWh)"
        for row in read_table(version, "hosting")
    }


def class_factors(version: str, host: str) -> list[ClassFactors]:
    """One row a class, as the table lists them."""
    return [factors for (_, at), factors in all_factors(version).items() if at == host]


@cache
def all_factors(version: str) -> Mapping[tuple[str, str], ClassFactors]:
    """(class, host key) -> its factors."""
    found = {
        (factor.model_class, factor.host, factor.counter, factor.bound): factor.micrograms_co2e_per_token
        for factor in build_factors(version)
    }
    return {
        (row["class"], host): ClassFactors(
            model_class=row["class"],
            description=row["description"],
            grams_per_million={
                counter: Range(*(found[row["class"], host, counter, bound] for bound in BOUNDS)) for counter in COUNTERS
            },
        )
        for row in read_table(version, "model_classes")
        for host in host_names(version)
    }
