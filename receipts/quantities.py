"""Estimates as people read them: two significant digits and a unit that fits. The exact integer stands beside them.

Two digits, because factors are known to some ten per cent at best and more would look like a measurement
(docs/methodology.md). Counts are counted, not estimated: they keep three.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

_ESTIMATE = Context(prec=2, rounding=ROUND_HALF_EVEN)
_COUNT = Context(prec=3, rounding=ROUND_HALF_EVEN)
_MASS_UNITS = ((10**12, "t"), (10**9, "kg"), (10**6, "g"), (10**3, "mg"), (1, "µg"))
_ENERGY_UNITS = ((10**15, "GWh"), (10**12, "MWh"), (10**9, "kWh"), (10**6, "Wh"), (10**3, "mWh"), (1, "µWh"))
_COUNT_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_WRITTEN_OUT = 10**4


def mass(micrograms: int) -> str:
    """`12 kg` for 12,345,678,901 micrograms; `0 g` for none; a minus sign where it is negative."""
    return _scaled(micrograms, _MASS_UNITS, nothing="0 g")


def energy(micro_watt_hours: int) -> str:
    """`29 kWh`, as `mass`."""
    return _scaled(micro_watt_hours, _ENERGY_UNITS, nothing="0 Wh")


def grams(whole: int) -> str:
    """Grams of credits, which are counted: `12,345 g`."""
    return f"{whole:,} g".replace("-", "−")


def count(number: int) -> str:
    """`9,876` in full below ten thousand; then `12.3 k`, `145 M`, `1.20 B`."""
    if abs(number) < _WRITTEN_OUT:
        return f"{number:,}".replace("-", "−")
    return _in_units(_COUNT.plus(Decimal(number)), _COUNT_UNITS, digits=3)


def _scaled(amount: int, units: tuple[tuple[int, str], ...], *, nothing: str) -> str:
    return nothing if amount == 0 else _in_units(_ESTIMATE.plus(Decimal(amount)), units, digits=2)


def _in_units(rounded: Decimal, units: tuple[tuple[int, str], ...], *, digits: int) -> str:
    size, unit = next((size, unit) for size, unit in units if abs(rounded) >= size)
    scaled = rounded / size
    decimals = max(0, digits - 1 - scaled.adjusted())
    return f"{scaled:,.{0 if unit.startswith('µ') else decimals}f} {unit}".replace("-", "−")
