"""Figures of a receipt as its pages print them: an estimate for reading, and the exact integer for checking."""

from collections.abc import Mapping
from typing import Any

from receipts import quantities
from receipts.words import printed

COUNTERS = tuple(printed.COUNTERS)
BOUNDS = ("low", "central", "high")


def central_mass(emissions: Mapping[str, str] | None) -> str:
    return printed.UNKNOWN if emissions is None else quantities.mass(int(emissions["central"]))


def mass_range(emissions: Mapping[str, str] | None) -> str:
    if emissions is None:
        return printed.UNKNOWN
    return printed.RANGE.format(
        low=quantities.mass(int(emissions["low"])), high=quantities.mass(int(emissions["high"]))
    )


def central_energy(energy: Mapping[str, str] | None) -> str:
    return printed.UNKNOWN if energy is None else quantities.energy(int(energy["central"]))


def energy_range(energy: Mapping[str, str]) -> str:
    low, high = (quantities.energy(int(energy[bound])) for bound in ("low", "high"))
    return printed.RANGE.format(low=low, high=high)


def counted(number: str | None) -> str:
    return printed.UNKNOWN if number is None else quantities.count(int(number))


def exact(number: str | None) -> str:
    return printed.UNKNOWN if number is None else number


def all_tokens(tokens: Mapping[str, str | None]) -> str | None:
    """The counters that are known, added up; None where none is."""
    known = [int(number) for number in tokens.values() if number is not None]
    return str(sum(known)) if known else None


def exact_lines(entry: Mapping[str, Any]) -> list[list[str]]:
    """An entry's integers: emissions and energy by bound; where it counts tokens, these by counter, then requests."""
    masses = [exact((entry["emissions"] or {}).get(bound)) for bound in BOUNDS]
    energies = [exact((entry["energy"] or {}).get(bound)) for bound in BOUNDS]
    if "tokens" not in entry:
        return [masses + energies]
    return [masses + energies, [*(exact(entry["tokens"][counter]) for counter in COUNTERS), exact(entry["requests"])]]


def added_up(entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    """One line for several: each number is the sum of those that are known, None where none is."""
    return {
        "emissions": _bounds([entry["emissions"] for entry in entries]),
        "energy": _bounds([entry["energy"] for entry in entries]),
        "tokens": {counter: _sum([entry["tokens"][counter] for entry in entries]) for counter in COUNTERS},
        "requests": _sum([entry["requests"] for entry in entries]),
    }


def by_size(entries: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The largest central estimate first, whatever its sign; lines without one last. Equals keep their order."""
    return sorted(
        entries, key=lambda entry: abs(int(entry["emissions"]["central"])) if entry["emissions"] else -1, reverse=True
    )


def _bounds(each: list[Mapping[str, str] | None]) -> dict[str, str] | None:
    known = [bounds for bounds in each if bounds is not None]
    return {bound: str(sum(int(bounds[bound]) for bounds in known)) for bound in BOUNDS} if known else None


def _sum(each: list[str | None]) -> str | None:
    known = [int(number) for number in each if number is not None]
    return str(sum(known)) if known else None
