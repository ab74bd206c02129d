"""Every sum that a receipt states is done again; one microgram, token or gram more or less in any place fails."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from carbonledger.verify.arithmetic import check_arithmetic, known_sum
from carbonledger.verify.errors import VerificationError

from tests.receipts.samples import sample_document

SUBJECT: dict[str, Any] = sample_document()["credentialSubject"]
Subject = dict[str, Any]


def changed(change: Callable[[Subject], object]) -> Subject:
    subject = copy.deepcopy(SUBJECT)
    change(subject)
    return subject


def numbers(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a number stands that others have to agree with."""
    if isinstance(value, str):
        return [path] if value.lstrip("-").isdigit() else []
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, member in members for place in numbers(member, (*path, name))]


# Tokens and requests of adjustments have no total; a limit that is not reached binds nothing; a unit's number and size
# bound a share, and the share is far from the bound.
FREE = {"unitBlockStart", "unitBlockEnd", "unitSizeGrams", "coverageLimitGrams", "vintageYear"}
STATED = [
    place
    for part in ("emissions", "energy", "usage", "adjustments", "retired")
    for place in numbers(SUBJECT[part], (part,))
    if place[-1] not in FREE and not (place[0] == "adjustments" and place[-2] in ("tokens", 0))
]


def test_the_sample_adds_up() -> None:
    check_arithmetic(SUBJECT)


@pytest.mark.parametrize("place", STATED, ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize("by", [1, -1])
def test_one_more_or_less_in_any_place_fails(place: tuple[Any, ...], by: int) -> None:
    subject = copy.deepcopy(SUBJECT)
    inner: Any = subject
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = str(int(inner[place[-1]]) + by)
    with pytest.raises(VerificationError):
        check_arithmetic(subject)


def test_so_many_places_are_covered() -> None:
    assert len(STATED) == 76


def test_what_nobody_knows_is_not_zero() -> None:
    assert known_sum([None, None]) is None
    assert known_sum([]) is None
    assert known_sum(["0", None]) == "0"
    with pytest.raises(VerificationError, match="cacheWrite1h"):
        check_arithmetic(changed(lambda subject: subject["usage"]["tokens"].update(cacheWrite1h="0")))


def test_a_line_of_which_nothing_is_known_adds_nothing() -> None:
    unknown = dict.fromkeys(SUBJECT["usage"]["tokens"])
    line = {"name": "Idle", "emissions": None, "energy": None, "tokens": unknown, "requests": None}
    check_arithmetic(changed(lambda subject: subject["usage"]["projects"].append(line)))


def retired(**members: Any) -> Callable[[Subject], object]:
    return lambda subject: subject["retired"].update(members)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (retired(coverageLimitGrams="3"), "More was retired than is covered"),
        (retired(carryOutMicrograms="997963", notCoveredMicrograms="1"), "both carried and not covered"),
        (retired(carryInMicrograms="3602038", carryOutMicrograms="4000000"), "More than a gram"),
        (retired(carryInMicrograms="0", carryOutMicrograms="0", grams="3", notCoveredMicrograms="602038"), "limit"),
        (retired(credits=[]), "do not add up to the grams"),
    ],
)
def test_what_was_retired_follows_from_the_central_estimate(change: Callable[[Subject], object], why: str) -> None:
    with pytest.raises(VerificationError, match=why):
        check_arithmetic(changed(change))


def test_what_the_limit_leaves_is_not_covered() -> None:
    capped = retired(carryOutMicrograms="0", notCoveredMicrograms="2038", carryInMicrograms="0", grams="3600")
    with pytest.raises(VerificationError, match="central estimate"):
        check_arithmetic(changed(capped))

    def three_of_three(subject: Subject) -> None:
        retired(
            grams="3", coverageLimitGrams="3", carryInMicrograms="0", carryOutMicrograms="0",
            notCoveredMicrograms="602038",
        )(subject)  # fmt: skip
        subject["retired"]["credits"][0].update(grams="3", toGram="1503")

    check_arithmetic(changed(three_of_three))


def two_credits(first: tuple[str, str], second: tuple[str, str]) -> Callable[[Subject], object]:
    def change(subject: Subject) -> None:
        [credit] = subject["retired"]["credits"]
        subject["retired"]["credits"] = [
            {**credit, "fromGram": start, "toGram": end, "grams": str(int(end) - int(start))}
            for start, end in (first, second)
        ]

    return change


def test_two_credits_of_one_retirement_share_no_gram() -> None:
    check_arithmetic(changed(two_credits(("10", "12"), ("12", "14"))))
    with pytest.raises(VerificationError, match="share a gram"):
        check_arithmetic(changed(two_credits(("11", "13"), ("10", "12"))))


@pytest.mark.parametrize(
    "members",
    [
        {"fromGram": "1999997", "toGram": "2000001"},
        {"fromGram": "4", "toGram": "4"},
        {"fromGram": "8", "toGram": "4"},
        {"unitBlockEnd": "513004456"},
    ],
)
def test_a_credit_is_a_share_of_units_that_were_retired(members: dict[str, str]) -> None:
    with pytest.raises(VerificationError, match="not of its retired units"):
        check_arithmetic(changed(lambda subject: subject["retired"]["credits"][0].update(members)))
