"""How numbers are written for people: three significant digits and a unit that fits. The exact value stays near."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

from receipts import quantities as printed

_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)
_MASS_UNITS = ((Decimal(10) ** 6, "t"), (Decimal(10) ** 3, "kg"), (Decimal(1), "g"), (Decimal("0.001"), "mg"))
_ENERGY_UNITS = ((Decimal(10) ** 6, "MWh"), (Decimal(10) ** 3, "kWh"), (Decimal(1), "Wh"), (Decimal("0.001"), "mWh"))
_COUNT_UNITS = ((10**9, "B"), (10**6, "M"), (10**3, "k"))
_WRITTEN_OUT = 10**4
_MICRO = 10**6


def mass(grams: Decimal) -> str:
    """`12.4 kg`; below a tenth of a milligram `< 0.1 mg`."""
    return _scaled(grams, _MASS_UNITS)


def energy(watt_hours: Decimal) -> str:
    return _scaled(watt_hours, _ENERGY_UNITS)


def printed_mass(grams: Decimal) -> str:
    """As receipts print it, to two digits: on the page of a receipt the same words stand as on its paper."""
    return printed.mass(int(grams * _MICRO))


def printed_energy(watt_hours: Decimal) -> str:
    return printed.energy(int(watt_hours * _MICRO))


def printed_count(number: int) -> str:
    return printed.count(number)


def count(number: int) -> str:
    """`9,876` in full below ten thousand; then `12.3 k`, `145 M`, `1.20 B`."""
    if abs(number) < _WRITTEN_OUT:
        return f"{number:,}"
    rounded = _THREE_DIGITS.plus(Decimal(number))
    size, unit = next((size, unit) for size, unit in _COUNT_UNITS if abs(rounded) >= size)
    return f"{_plain(_THREE_DIGITS.divide(rounded, Decimal(size)))} {unit}"


def percent(part: Decimal, whole: Decimal) -> str:
    """One digit after the point below ten per cent, none above; `–` of nothing; `< 0.1 %` rather than a false zero."""
    if whole == 0:
        return "–"
    share = part * 100 / whole
    if 0 < share < Decimal("0.1"):
        return "< 0.1 %"
    return f"{share:.0f} %" if share >= 10 else f"{share:.1f} %"


def _scaled(amount: Decimal, units: tuple[tuple[Decimal, str], ...]) -> str:
    smallest, smallest_name = units[-1]
    if amount == 0:
        return f"0 {units[-2][1]}"
    rounded = _THREE_DIGITS.plus(amount)
    for size, name in units:
        if abs(rounded) >= size:
            return f"{_plain(_THREE_DIGITS.divide(rounded, size))} {name}"
    tenth = smallest / 10
    return f"{_plain(rounded / smallest)} {smallest_name}" if abs(rounded) >= tenth else f"< 0.1 {smallest_name}"


def _plain(number: Decimal) -> str:
    """Three significant digits without an exponent: 1.2 is written 1.20, 1230 as 1,230."""
    digits = max(0, 2 - number.adjusted())
    return f"{number:,.{digits}f}"
