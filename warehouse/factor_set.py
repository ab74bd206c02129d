"""The factor set: input tables of one methodology version -> micrograms CO2e and micro-Wh per token, exactly.

    IT energy        J per token, by class, counter and bound          model_classes.csv
    facility energy  J x PUE(host)                                     hosting.csv
    CO2e             facility kWh x grid(host) + IT kWh x EF_emb       hosting.csv, coefficients.csv

Low (high) is the product of the lows (highs). Everything is a fraction until the one rounding, half-even to six
decimals.
Class NA has no row in model_classes.csv, so it has no factor.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, get_args

CURRENT_VERSION = "2026.1"

Bound = Literal["low", "central", "high"]
BOUNDS: tuple[Bound, ...] = get_args(Bound)

# Counter of ours -> column stem of model_classes.csv.
COUNTER_COLUMNS = {
    "uncached_input": "j_in",
    "cache_read": "j_cache_read",
    "cache_write_5m": "j_cache_write",
    "cache_write_1h": "j_cache_write_1h",
    "output": "j_out",
}

JOULES_PER_WH = 3600
# J x g/kWh = 1/3,600,000 g = 1/3.6 micrograms.
JOULES_PER_MICROGRAM_UNIT = Fraction(36, 10)
SIX_DECIMALS = Decimal("0.000001")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """One row of the seed: what one token of a counter emits and uses, for a class on a host, at one bound."""

    version: str
    model_class: str
    host: str
    counter: str
    bound: Bound
    micrograms_co2e_per_token: Decimal
    micro_wh_per_token: Decimal


def shipped_versions() -> list[str]:
    """Every version whose tables this checkout has, oldest first: a billing period keeps the one it was opened with."""
    folders = (entry for entry in files("warehouse.methodology").iterdir() if entry.is_dir())
    return sorted(entry.name.replace("_", ".") for entry in folders if entry.joinpath("model_classes.csv").is_file())


def read_table(version: str, name: str) -> list[Row]:
    """All rows of an input table, as text. FileNotFoundError if this checkout has no such version or table."""
    text = _folder(version).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def input_sha256(version: str) -> str:
    """SHA-256 (hex) over every input table of the version: name, length, bytes, in order of name.

    It names the whole methodology: factors, aliases, vendors, hosts. Any change asks for a full rebuild of the marts.
    """
    digest = hashlib.sha256()
    for file in sorted(_folder(version).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".csv"):
            content = file.read_bytes()
            digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def build_factors(version: str) -> list[EmissionFactor]:
    """Every factor of the version, ordered by class, host (as the tables list them), counter, bound."""
    return [
        factor
        for model_class in read_table(version, "model_classes")
        for host in read_table(version, "hosting")
        for factor in _factors_of(version, model_class, host, _embodied(version))
    ]


def exact_factor(joules: Fraction, pue: Fraction, grid: Fraction, embodied: Fraction) -> tuple[Fraction, Fraction]:
    """Micrograms CO2e and micro-Wh of one token, unrounded.

    `joules` at IT level, `grid` in g CO2e per kWh of the facility, `embodied` in g CO2e per kWh of IT.
    """
    micrograms = joules * (pue * grid + embodied) / JOULES_PER_MICROGRAM_UNIT
    micro_wh = joules * pue * 1_000_000 / JOULES_PER_WH
    return micrograms, micro_wh


def round_once(value: Fraction) -> Decimal:
    """Half-even to six decimals: the only rounding between the input tables and the seed."""
    with localcontext(prec=60):
        scaled = round(value * 1_000_000)  # Fraction.__round__ is half-even and exact
        return (Decimal(scaled) / 1_000_000).quantize(SIX_DECIMALS, rounding=ROUND_HALF_EVEN)


def _factors_of(version: str, model_class: Row, host: Row, embodied: dict[Bound, Fraction]) -> Iterator[EmissionFactor]:
    for counter, stem in COUNTER_COLUMNS.items():
        for bound in BOUNDS:
            micrograms, micro_wh = exact_factor(
                bounded(model_class, stem, bound),
                bounded(host, "pue", bound),
                bounded(host, "grid_g_per_kwh", bound),
                embodied[bound],
            )
            yield EmissionFactor(
                version=version,
                model_class=model_class["class"],
                host=host["host_key"],
                counter=counter,
                bound=bound,
                micrograms_co2e_per_token=round_once(micrograms),
                micro_wh_per_token=round_once(micro_wh),
            )


def bounded(row: Row, stem: str, bound: Bound) -> Fraction:
    """The exact value of a column that comes as `x_low`, `x`, `x_high`."""
    return Fraction(row[stem if bound == "central" else f"{stem}_{bound}"])


def _embodied(version: str) -> dict[Bound, Fraction]:
    (row,) = [row for row in read_table(version, "coefficients") if row["symbol"] == "EF_emb"]
    return {bound: Fraction(row[bound]) for bound in BOUNDS}


def _folder(version: str) -> Traversable:
    return files("warehouse.methodology").joinpath(version.replace(".", "_"))
