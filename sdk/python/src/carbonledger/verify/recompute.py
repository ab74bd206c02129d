"""Recompute a receipt from the period's sealed usage file, offline, to the digit.

The file is what a receipt commits to (`credentialSubject.sealedUsage`: format, SHA-256 and number of rows). JSON Lines:
UTF-8, each line canonical JSON (RFC 8785), a line feed after each, the last too. Counts are strings of integers;
decimals are strings without exponent, without trailing zeros and without a point where there is no fraction; what is
not known is null. Times are `YYYY-MM-DDTHH:MM:SSZ`.

Line 1, the header:

    {"format": "carbonledger-sealed-usage-1", "period": {"start", "end"}, "methodologyVersion",
     "carryInMicrograms": decimal, "coverageLimitGrams": count, "factors": count, "rows": count}

Then the factor lines that the rows need, in order of version, class, host, counter and bound (by code point, but
bounds are low, central, high), one a line:

    {"kind": "factor", "version", "class", "host",
     "counter": "uncachedInput" | "cacheRead" | "cacheWrite5m" | "cacheWrite1h" | "output", "bound",
     "microgramsPerToken": decimal, "microWhPerToken": decimal}

Then the rows, in order of bucket start, usage hash, origin start (by code point, null first):

    {"kind": "usage", "usageHash", "bucketStart", "origin": null | {"start", "end"}, "project", "provider",
     "model": text | null, "modelClass", "host", "methodologyVersion",
     "tokens": {"uncachedInput", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output"}, "requests",
     "emissions": null | {"low", "central", "high"}, "energy": null | {"low", "central", "high"}}

`origin` null: usage of the period itself. Else a prior-period adjustment of that paid period: counts are differences to
what earlier closes stated and may be negative. Names are as the receipt prints them.

**Prices.** A row's mass at a bound is the sum, over the counters that are not null, of tokens times the factor of
(methodologyVersion, modelClass, host, counter, bound); null if no counter is known or its class has no factor lines
there (class NA). Requests have no price. Energy likewise. Products and sums are exact, with at most six decimals.

**Rounding.** `emissions`: the exact sum over all rows (null adds nothing), to the nearest microgram, halves away from
zero. `usage.emissions` and `adjustments.emissions` are parts of it, models and projects each parts of `usage`, lines of
adjustments parts of `adjustments`. Parts of a rounded whole: every part is the floor of its exact sum; of what is then
missing, one microgram each goes to the largest remainders, ties to the earlier line. Lines whose rows are all null are
null and take no part. Each bound by itself, energy likewise in micro-Wh. A line's or a total's counter is the sum of
those that are known, null if none is.

**Order of lines.** Models by (provider, model or "", modelClass); projects by name; adjustments by (originStart,
originEnd, provider, model or "", modelClass, methodologyVersion): by code point.

**What was retired.** From the exact numbers: need = central - carry in; grams = min(max(0, ceil(need / 10^6)),
coverage limit); if ceil(need / 10^6) is above the limit, nothing is carried out and need - grams * 10^6 is not covered;
else carry out = grams * 10^6 - need and nothing is uncovered. The receipt prints carry in rounded as above, and to the
digit it holds of the printed numbers that

    central - carryIn = grams * 10^6 - carryOut + notCovered

where x = grams * 10^6 - central + carryIn is what is carried out if it is not negative, else -x is not covered. (The
exact numbers have the same signs, so x differs from the exact amount by less than a microgram.)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from hashlib import sha256
from typing import Any

from carbonledger.verify.arithmetic import BOUNDS, MICROGRAMS_PER_GRAM
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.rounding import EXACT, exact_sum, nearest, parts_of
from carbonledger.verify.usage_file import COUNTERS, Bounds, PriceKey, UsageFile, UsageRow, read_usage_file

_QUANTITIES = ("emissions", "energy")
_CEILING = Context(prec=80, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that does not come out: where it stands, what is stated there, what comes out."""

    place: str
    stated: object
    recomputed: object


def recompute(file: bytes, receipt: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What comes out differently than `receipt` states; empty if every number of it follows from the file.

    `receipt`: the document of a report whose `schema` passed. Raises VerificationError if this is not the file that
    the receipt commits to, or it cannot be read.
    """
    subject = receipt["credentialSubject"]
    if sha256(file).hexdigest() != subject["sealedUsage"]["sha256"]:
        raise VerificationError("This is not the usage file that the receipt commits to: its SHA-256 is another.")
    usage = read_usage_file(file)
    return (*_mispriced(usage), *_differences("credentialSubject", subject, expected_numbers(usage)))


def expected_numbers(usage: UsageFile) -> dict[str, Any]:
    """Those members of a credentialSubject that follow from the file."""
    own = [row for row in usage.rows if row.origin is None]
    adjustments = [row for row in usage.rows if row.origin is not None]
    wholes = {quantity: _totals(own, adjustments, quantity) for quantity in _QUANTITIES}
    total, own_total, adjusted_total = ({each: wholes[each][part] for each in _QUANTITIES} for part in range(3))
    return {
        "period": {"start": usage.period.start, "end": usage.period.end},
        "methodology": {"version": usage.version},
        "emissions": _as_text(total["emissions"]),
        "energy": _as_text(total["energy"]),
        "usage": {
            **{quantity: _as_text(own_total[quantity]) for quantity in _QUANTITIES},
            **_counts(own),
            "models": _lines(own, own_total, by=_model),
            "projects": _lines(own, own_total, by=lambda row: {"name": row.project}),
        },
        "adjustments": {
            **{quantity: _as_text(adjusted_total[quantity]) for quantity in _QUANTITIES},
            "lines": _lines(adjustments, adjusted_total, by=_adjusted),
        },
        "retired": _retired(usage, central=total["emissions"][1]),
        "sealedUsage": {"rows": str(len(usage.rows))},
    }


Whole = tuple[int, int, int]  # low, central, high


def _totals(own: Sequence[UsageRow], adjustments: Sequence[UsageRow], quantity: str) -> tuple[Whole, Whole, Whole]:
    """Rounded: of all rows, of the period's own, of its adjustments."""
    by_bound = []
    for bound in BOUNDS:
        parts = [exact_sum(_known(rows, quantity, bound)) for rows in (own, adjustments)]
        whole = nearest(exact_sum(parts))
        by_bound.append((whole, *parts_of(whole, parts)))
    total, own_total, adjusted_total = zip(*by_bound, strict=True)
    return total, own_total, adjusted_total


def _lines(
    rows: Iterable[UsageRow], totals: Mapping[str, Whole], *, by: Callable[[UsageRow], dict[str, str | None]]
) -> list[dict[str, Any]]:
    """One line a group of rows that `by` calls alike, in the order of its members; masses are parts of `totals`."""
    groups: dict[tuple[str, ...], list[UsageRow]] = {}
    for row in rows:
        groups.setdefault(tuple(member or "" for member in by(row).values()), []).append(row)
    grouped = [group for _, group in sorted(groups.items())]
    masses = {quantity: _parts(grouped, totals[quantity], quantity) for quantity in _QUANTITIES}
    return [
        {**by(group[0]), **{quantity: masses[quantity][index] for quantity in _QUANTITIES}, **_counts(group)}
        for index, group in enumerate(grouped)
    ]


def _parts(groups: Sequence[Sequence[UsageRow]], whole: Whole, quantity: str) -> list[dict[str, str] | None]:
    known = [index for index, group in enumerate(groups) if any(getattr(row, quantity) is not None for row in group)]
    parts: list[dict[str, str] | None] = [{} if index in known else None for index in range(len(groups))]
    for bound, total in zip(BOUNDS, whole, strict=True):
        exact = [exact_sum(_known(groups[index], quantity, bound)) for index in known]
        for index, part in zip(known, parts_of(total, exact), strict=True):
            parts[index] = {**(parts[index] or {}), bound: str(part)}
    return parts


def _known(rows: Iterable[UsageRow], quantity: str, bound: str) -> list[Decimal]:
    """The rows' exact amounts, of those that have one."""
    return [getattr(amounts, bound) for row in rows if (amounts := getattr(row, quantity)) is not None]


def _counts(rows: Sequence[UsageRow]) -> dict[str, Any]:
    return {
        "tokens": {counter: _known_count(row.tokens[counter] for row in rows) for counter in COUNTERS},
        "requests": _known_count(row.requests for row in rows),
    }


def _known_count(counts: Iterable[int | None]) -> str | None:
    known = [count for count in counts if count is not None]
    return str(sum(known)) if known else None


def _model(row: UsageRow) -> dict[str, str | None]:
    return {"provider": row.provider, "model": row.model, "modelClass": row.model_class}


def _adjusted(row: UsageRow) -> dict[str, str | None]:
    if row.origin is None:
        raise ValueError("the period's own usage is no adjustment")
    origin = {"originStart": row.origin.start, "originEnd": row.origin.end}
    return {**origin, **_model(row), "methodologyVersion": row.version}


def _retired(usage: UsageFile, *, central: int) -> dict[str, str]:
    """From exact numbers; printed such that they hold of each other to the digit, see above."""
    exact_central = exact_sum(_known(usage.rows, "emissions", "central"))
    need = EXACT.subtract(exact_central, usage.carry_in_micrograms)
    needed_grams = int(EXACT.divide(need, Decimal(MICROGRAMS_PER_GRAM)).to_integral_value(context=_CEILING))
    grams = min(max(0, needed_grams), usage.coverage_limit_grams)
    exact_carry_out = Decimal(0)
    if needed_grams <= usage.coverage_limit_grams:
        exact_carry_out = EXACT.subtract(Decimal(grams * MICROGRAMS_PER_GRAM), need)
    carry_in = nearest(usage.carry_in_micrograms)
    left = grams * MICROGRAMS_PER_GRAM - central + carry_in
    is_carried = exact_carry_out > 0 or left > 0
    return {
        "grams": str(grams),
        "coverageLimitGrams": str(usage.coverage_limit_grams),
        "carryInMicrograms": str(carry_in),
        "carryOutMicrograms": str(left if is_carried else 0),
        "notCoveredMicrograms": str(0 if is_carried else -left),
    }


def _mispriced(usage: UsageFile) -> Iterator[Difference]:
    """Rows whose mass or energy is not their tokens times the factors of the file."""
    for number, row in enumerate(usage.rows, start=1):
        for index, quantity in enumerate(_QUANTITIES):
            stated, priced = getattr(row, quantity), _priced(row, usage, index)
            if stated != priced:
                yield Difference(f"usage row {number}: {quantity}", stated, priced)


def _priced(row: UsageRow, usage: UsageFile, index: int) -> Bounds | None:
    prices = {
        counter: usage.prices.get(PriceKey(row.version, row.model_class, row.host, counter)) for counter in COUNTERS
    }
    known = [
        (Decimal(count), price[index])
        for counter, price in prices.items()
        if price is not None and (count := row.tokens[counter]) is not None
    ]
    if not known:
        return None
    return Bounds(*(exact_sum([EXACT.multiply(count, price[bound]) for count, price in known]) for bound in range(3)))


def _as_text(whole: Whole) -> dict[str, str]:
    return {bound: str(amount) for bound, amount in zip(BOUNDS, whole, strict=True)}


def _differences(place: str, stated: Any, recomputed: Any) -> Iterator[Difference]:
    """Where the numbers that come out are not the ones stated."""
    if isinstance(recomputed, dict) and isinstance(stated, dict):
        for name, member in recomputed.items():
            yield from _differences(f"{place}.{name}", stated.get(name), member)
    elif isinstance(recomputed, list) and isinstance(stated, list) and len(recomputed) == len(stated):
        for index, item in enumerate(recomputed):
            yield from _differences(f"{place}[{index}]", stated[index], item)
    elif stated != recomputed:
        yield Difference(place, stated, recomputed)
