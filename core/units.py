"""Units: mass in micrograms CO2e, energy in micro-watt-hours. Exact, never float.

Emission factors are micrograms CO2e and micro-Wh per token (six decimals), so marts hold micrograms and micro-Wh with
six decimals. People read grams and Wh: the same digits with the point moved, nothing is rounded on the way to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation

_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, order=True, slots=True)
class Mass:
    """A mass of CO2e in whole micrograms."""

    micrograms: int

    def __post_init__(self) -> None:
        if type(self.micrograms) is not int:
            raise TypeError(f"Mass takes whole micrograms as int, not {type(self.micrograms).__name__}")

    @classmethod
    def from_micrograms(cls, exact: Decimal) -> "Mass":
        """The only rounding of a mass: half-even to whole micrograms."""
        if not isinstance(exact, Decimal):
            raise TypeError(f"Mass.from_micrograms takes a Decimal, not {type(exact).__name__}")
        return cls(int(exact.quantize(Decimal(1), context=_ROUNDING)))

    def __add__(self, other: "Mass") -> "Mass":
        return Mass(self.micrograms + other.micrograms)

    def __sub__(self, other: "Mass") -> "Mass":
        return Mass(self.micrograms - other.micrograms)

    def allocate(self, weights: Mapping[str, int]) -> dict[str, "Mass"]:
        """Parts in proportion to `weights` that add up to the whole: largest remainder, ties by key.

        Raises ValueError for a negative weight, or where all are zero.
        """
        whole = sum(weights.values())
        if whole <= 0 or any(weight < 0 for weight in weights.values()):
            raise ValueError("allocate needs weights that are not negative and not all zero")
        shares = {key: divmod(self.micrograms * weight, whole) for key, weight in weights.items()}
        left = self.micrograms - sum(quotient for quotient, _ in shares.values())
        order = sorted(shares, key=lambda key: (-shares[key][1], key))
        extra = set(order[:left])
        return {key: Mass(quotient + (key in extra)) for key, (quotient, _) in shares.items()}


def scaled_by_a_millionth(micro: Decimal) -> str:
    """Exact text of a millionth of `micro`: micrograms to grams, micro-Wh to Wh. No exponent, no trailing zeros."""
    text = format(_EXACT.multiply(micro, _MICRO), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
