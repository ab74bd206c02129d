"""Serial numbers of carbon credits: a registry and a text become the units that they name, or a sentence why not.

The patterns are what serials of six registries look like, not official grammars: of most parts only country, project,
vintage, first and last unit are known for sure. Both ends are included (69,502 units of a Verra serial, 29,743 of a
Gold Standard one and 290 of an ACR one were published beside them); Isometric does not say, and is counted the same.

`issuance_scope` is what unit numbers are counted within. Where that is not published it is the widest scope that the
observed serials allow, so that a unit is rather refused than counted twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.errors import InvalidInputError

Registry = Literal["VERRA", "GOLD_STANDARD", "ACR", "CAR", "PURO", "ISOMETRIC"]

TONNE_GRAMS = 1_000_000
KILOGRAM_GRAMS = 1_000

_RANGE = r"(?P<start>[0-9]{1,18})-(?P<end>[0-9]{1,18})"
_RANGE_TO = r"(?P<start>[0-9]{1,18})(?:-| to )(?P<end>[0-9]{1,18})"
_PATTERNS: Mapping[Registry, re.Pattern[str]] = {
    # batch-start-end-[VCS-]VCU-body-registry-country-type-project-ddmmyyyy-ddmmyyyy-0/1; the older form has no VCS.
    "VERRA": re.compile(
        r"(?P<batch>[0-9]+)-" + _RANGE + r"(?:-VCS)?-VCU-[0-9]+-(?P<operator>[A-Z]{3})-(?P<country>[A-Z]{2})-[0-9]+"
        r"-(?:(?P<project>[0-9]+)-)?(?P<vintage_start>[0-9]{8})-(?P<vintage_end>[0-9]{8})-[01]"
    ),
    "GOLD_STANDARD": re.compile(
        r"GS1-1-(?P<country>[A-Z]{2})-GS(?P<project>[0-9]+)-[0-9]+-(?P<vintage>[0-9]{4})-(?P<issuance>[0-9]+)-" + _RANGE
    ),
    "ACR": re.compile(
        r"ACR-(?P<country>[A-Z]{2})-(?P<project>[0-9]+)-(?P<vintage>[0-9]{4})-(?P<issuance>[0-9]+)-" + _RANGE_TO
    ),
    "CAR": re.compile(
        r"CAR-1-(?P<country>[A-Z]{2})-(?P<project>[0-9]+)-[0-9]+-[0-9]+-[A-Z]{2}-(?P<vintage>[0-9]{4})"
        r"-(?P<issuance>[0-9]+)-" + _RANGE_TO
    ),
    # Unit numbers are unique within one issuance only (docs.api.puro.earth), so its UUID is part of the identity.
    "PURO": re.compile(
        r"PURO_PR_CORC[0-9_]*\+?_(?P<country>[A-Z]{2})_(?P<project>[0-9]+)_(?P<vintage>[0-9]{4})"
        r"_(?P<issuance>[^_]+)_" + _RANGE
    ),
    "ISOMETRIC": re.compile(
        r"ISO-[0-9]+-(?P<supplier>[A-Z0-9]+)-[A-Z]{3}-(?P<project>[A-Z0-9]+)-(?P<vintage>[0-9]{4})-" + _RANGE
    ),
}
REGISTRIES: tuple[Registry, ...] = tuple(_PATTERNS)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOOKALIKES = str.maketrans("OoIl", "0011")
_NUMBER_WITH_LOOKALIKES = re.compile(r"(?<![^-_ ])[0-9OoIl]+(?![^-_ ])")


class UnreadableSerialError(InvalidInputError):
    """The text is not a serial number of this registry as it stands; nothing is guessed."""

    code = "unreadable-serial"


@dataclass(frozen=True, slots=True)
class Serial:
    """Consecutive units of one issuance. `raw` is the text as it was given; both ends of the range are included."""

    registry: Registry
    raw: str
    issuance_scope: str
    unit_block_start: int
    unit_block_end: int
    unit_size_grams: int
    country: str | None
    project: str | None
    first_vintage_year: int
    last_vintage_year: int

    @property
    def unit_count(self) -> int:
        return self.unit_block_end - self.unit_block_start + 1


def parse_serial(registry: Registry, raw: str) -> Serial:
    """The units that `raw` names. Raises UnreadableSerialError with the reason."""
    match = _PATTERNS[registry].fullmatch(raw)
    if match is None:
        raise UnreadableSerialError(_why_not(registry, raw))
    parts = match.groupdict()
    start, end = int(parts["start"]), int(parts["end"])
    if end < start:
        raise UnreadableSerialError(f"the range {start} to {end} ends before it starts")
    first_year, last_year = _vintage_years(parts)
    return Serial(
        registry=registry,
        raw=raw,
        issuance_scope=_issuance_scope(registry, parts),
        unit_block_start=start,
        unit_block_end=end,
        unit_size_grams=KILOGRAM_GRAMS if registry == "ISOMETRIC" else TONNE_GRAMS,
        country=parts.get("country"),
        project=parts["project"],
        first_vintage_year=first_year,
        last_vintage_year=last_year,
    )


def _issuance_scope(registry: Registry, parts: Mapping[str, str]) -> str:
    if registry == "VERRA":
        return parts["operator"]  # numbers run on from batch to batch; APX, MER and VER counted each for itself
    if registry == "ISOMETRIC":
        return f"{parts['supplier']}-{parts['project']}-{parts['vintage']}"
    issuance = parts["issuance"]
    if registry == "PURO" and not _UUID.fullmatch(issuance):
        raise UnreadableSerialError(f"the issuance {issuance!r} is not a whole UUID in lower case")
    return issuance if registry == "PURO" else str(int(issuance))


def _vintage_years(parts: Mapping[str, str]) -> tuple[int, int]:
    if "vintage" in parts:
        return int(parts["vintage"]), int(parts["vintage"])
    first, last = (_day(parts[name]) for name in ("vintage_start", "vintage_end"))
    if last < first:
        raise UnreadableSerialError(f"the vintage {first} to {last} ends before it starts")
    return first.year, last.year


def _day(text: str) -> date:
    try:
        return date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        raise UnreadableSerialError(f"{text} is not a day written as ddmmyyyy") from None


def _why_not(registry: Registry, raw: str) -> str:
    pattern = _PATTERNS[registry]
    if pattern.fullmatch(raw.strip()):
        return "it has white space before or after it"
    spaced = re.sub(r"(?<=[0-9])to(?=[0-9])", " to ", "".join(raw.split()))
    if pattern.fullmatch(spaced):
        return f"it has white space inside that does not belong, at character {_first_difference(raw, spaced)}"
    as_digits = _NUMBER_WITH_LOOKALIKES.sub(lambda found: found[0].translate(_LOOKALIKES), raw)
    if as_digits != raw and pattern.fullmatch(as_digits):
        position = _first_difference(raw, as_digits)
        return f"it has the letter {raw[position - 1]} where a digit belongs, at character {position}"
    if any(other.fullmatch(raw) for name, other in _PATTERNS.items() if name != registry):
        return f"it is a serial number of another registry than {registry}"
    return f"it does not look like a serial number of {registry}"


def _first_difference(raw: str, expected: str) -> int:
    """Number of the first character of `raw` that is another in `expected`, counted from one."""
    return next((index for index, (a, b) in enumerate(zip(raw, expected, strict=False), start=1) if a != b), len(raw))
