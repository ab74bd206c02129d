"""What a receipt's numbers say of each other, to the digit: lines, totals, what was retired and the credits behind it.

Takes documents that are as the schema asks. All masses are whole micrograms, energies whole micro-watt-hours.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from carbonledger.verify.errors import VerificationError

BOUNDS = ("low", "central", "high")
MICROGRAMS_PER_GRAM = 10**6

Members = Mapping[str, Any]


def check_arithmetic(subject: Members) -> None:
    """Return if everything adds up in this credentialSubject. Raises VerificationError that names what does not."""
    usage, adjustments = subject["usage"], subject["adjustments"]
    for quantity in ("emissions", "energy"):
        _check_sum(f"usage and adjustments ({quantity})", [usage[quantity], adjustments[quantity]], subject[quantity])
        _check_sum(f"models ({quantity})", _of(usage["models"], quantity), usage[quantity])
        _check_sum(f"projects ({quantity})", _of(usage["projects"], quantity), usage[quantity])
        _check_sum(f"adjustments ({quantity})", _of(adjustments["lines"], quantity), adjustments[quantity])
    for kind in ("models", "projects"):
        for counter, total in usage["tokens"].items():
            _check_count(f"{kind} ({counter} tokens)", [line["tokens"][counter] for line in usage[kind]], total)
        _check_count(f"{kind} (requests)", _of(usage[kind], "requests"), usage["requests"])
    _check_retired(subject["retired"], central=int(subject["emissions"]["central"]))


def known_sum(counts: Iterable[str | None]) -> str | None:
    """Of those that are known; null if none is."""
    known = [int(count) for count in counts if count is not None]
    return str(sum(known)) if known else None


def _check_sum(what: str, lines: Sequence[Members | None], total: Members) -> None:
    for bound in BOUNDS:
        if sum(int(line[bound]) for line in lines if line is not None) != int(total[bound]):
            raise VerificationError(f"The {what} do not add up to their total: {bound}.")


def _check_count(what: str, counts: Iterable[str | None], total: str | None) -> None:
    if known_sum(counts) != total:
        raise VerificationError(f"The {what} do not add up to their total.")


def _check_retired(retired: Members, *, central: int) -> None:
    grams, limit = int(retired["grams"]), int(retired["coverageLimitGrams"])
    carry_in, carry_out = int(retired["carryInMicrograms"]), int(retired["carryOutMicrograms"])
    not_covered = int(retired["notCoveredMicrograms"])
    if central - carry_in != grams * MICROGRAMS_PER_GRAM - carry_out + not_covered:
        raise VerificationError("What was retired, carried and not covered does not make up the central estimate.")
    if grams > limit or (carry_out and not_covered):
        raise VerificationError("More was retired than is covered, or something was both carried and not covered.")
    # Rounding the exact carries can leave one microgram uncovered.
    if not_covered > 1 and grams != limit:
        raise VerificationError("Something is said not to be covered although the limit was not reached.")
    if grams and carry_out > MICROGRAMS_PER_GRAM:
        raise VerificationError("More than a gram was retired beyond what was needed.")
    if sum(int(credit["grams"]) for credit in retired["credits"]) != grams:
        raise VerificationError("The credits do not add up to the grams that were retired.")
    _check_shares(retired["credits"])


def _check_shares(shares_of_units: Sequence[Members]) -> None:
    """Each is a share of whole units that were retired, and none shares a gram with another."""
    by_retirement: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for credit in shares_of_units:
        start, end = int(credit["fromGram"]), int(credit["toGram"])
        units = int(credit["unitBlockEnd"]) - int(credit["unitBlockStart"]) + 1
        if not 0 <= start < end <= units * int(credit["unitSizeGrams"]) or int(credit["grams"]) != end - start:
            raise VerificationError(f"The share of {credit['serialNumberBlock']} is not of its retired units.")
        retirement = tuple(credit[name] for name in ("registry", "serialNumberBlock", "unitBlockStart"))
        by_retirement.setdefault(retirement, []).append((start, end))
    for spans in by_retirement.values():
        if any(later[0] < earlier[1] for earlier, later in pairwise(sorted(spans))):
            raise VerificationError("Two credits of the receipt share a gram.")


def _of(lines: Iterable[Members], name: str) -> list[Any]:
    return [line[name] for line in lines]
