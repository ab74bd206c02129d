"""How much of something everyday emits the same mass: published factors, cited, from equivalences.csv beside this file.

They give a sense of scale and nothing else: each has a boundary of its own, narrower than that of our estimates.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from functools import cache
from importlib.resources import files

SIX_DECIMALS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Equivalence:
    """`published_grams` of CO2e (or CO2: see `note`) per `published_unit`, which is `units_per_published_unit` of what
    is shown. `how_read` tells whether the value was read in its source or in what cites it."""

    key: str
    of: str
    unit: str
    published_grams: Decimal
    published_unit: str
    units_per_published_unit: Decimal
    note: str
    source: str
    url: str
    edition: str
    licence: str
    how_read: str

    def of_grams(self, grams: Decimal) -> Decimal:
        """How many units emit this mass, rounded once, half-even, to six decimals."""
        units = Fraction(grams) * Fraction(self.units_per_published_unit) / Fraction(self.published_grams)
        with localcontext(prec=60):
            millionths = round(units * 1_000_000)  # Fraction.__round__ is half-even and exact
            return (Decimal(millionths) / 1_000_000).quantize(SIX_DECIMALS, rounding=ROUND_HALF_EVEN)


@cache
def equivalences() -> Sequence[Equivalence]:
    """In the order of the table."""
    text = files("app.telemetry").joinpath("equivalences.csv").read_text(encoding="utf-8")
    return tuple(
        Equivalence(
            key=row["key"],
            of=row["of"],
            unit=row["unit"],
            published_grams=Decimal(row["published_grams"]),
            published_unit=row["published_unit"],
            units_per_published_unit=Decimal(row["units_per_published_unit"]),
            note=row["note"],
            source=row["source"],
            url=row["url"],
            edition=row["edition"],
            licence=row["licence"],
            how_read=row["how_read"],
        )
        for row in csv.DictReader(text.splitlines())
    )
