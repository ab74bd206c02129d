"""Who holds the sealed usage file gets every number of the receipt, offline, to the digit."""

import copy
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.recompute import Difference, expected_numbers, recompute
from carbonledger.verify.usage_file import read_usage_file

from tests.receipts.sample_usage import as_file, bounds, usage_lines
from tests.receipts.samples import sample_document

RECEIPT: dict[str, Any] = sample_document()
Lines = list[dict[str, Any]]


def receipt_of(file: bytes, **changes: Any) -> dict[str, Any]:
    """The sample receipt, committed to this file."""
    receipt = copy.deepcopy(RECEIPT)
    receipt["credentialSubject"]["sealedUsage"]["sha256"] = sha256(file).hexdigest()
    receipt["credentialSubject"] |= changes
    return receipt


def file_of(change: Callable[[Lines], object]) -> bytes:
    lines = usage_lines()
    change(lines)
    return as_file(lines)


def differences(change: Callable[[Lines], object]) -> set[str]:
    file = file_of(change)
    return {difference.place for difference in recompute(file, receipt_of(file))}


def retired_of(change: Callable[[Lines], object]) -> dict[str, str]:
    retired: dict[str, str] = expected_numbers(read_usage_file(file_of(change)))["retired"]
    return retired


def test_every_number_of_the_sample_comes_out_of_its_file() -> None:
    assert recompute(as_file(usage_lines()), RECEIPT) == ()


def test_another_file_is_not_the_one_that_the_receipt_commits_to() -> None:
    with pytest.raises(VerificationError, match="SHA-256 is another"):
        recompute(as_file(usage_lines()) + b"\n", RECEIPT)


def test_a_number_that_does_not_come_out_is_named_with_both_values() -> None:
    file = as_file(usage_lines())
    emissions = {"unit": "ug CO2e", **bounds("650637", "3602039", "14353077")}
    assert recompute(file, receipt_of(file, emissions=emissions)) == (
        Difference("credentialSubject.emissions.central", "3602039", "3602038"),
    )


def test_a_line_more_or_less_is_a_difference() -> None:
    file = as_file(usage_lines())
    usage = {**RECEIPT["credentialSubject"]["usage"], "projects": []}
    [difference] = recompute(file, receipt_of(file, usage=usage))
    assert difference.place == "credentialSubject.usage.projects"


def test_a_row_that_is_not_its_tokens_times_the_factors_is_named() -> None:
    def dearer(lines: Lines) -> None:
        lines[-1]["energy"] = bounds("9", "37.500001", "180")

    assert differences(dearer) == {"usage row 4: energy"}


def test_a_factor_that_was_not_used_is_found_in_the_rows() -> None:
    def cheaper(lines: Lines) -> None:
        [factor] = [
            line
            for line in lines
            if (line.get("class"), line.get("counter"), line.get("bound")) == ("XL", "cacheRead", "high")
        ]
        factor["microgramsPerToken"] = "1.2"

    assert differences(cheaper) == {"usage row 3: emissions"}


def test_a_token_more_changes_its_row_and_every_sum_of_tokens_above_it() -> None:
    def one_more(lines: Lines) -> None:
        lines[-1]["tokens"]["output"] = "4"

    usage = "credentialSubject.usage"
    assert differences(one_more) == {
        "usage row 4: emissions",
        "usage row 4: energy",
        f"{usage}.tokens.output",
        f"{usage}.models[1].tokens.output",
        f"{usage}.projects[1].tokens.output",
    }


def test_a_class_without_factors_has_no_mass() -> None:
    def another_class(lines: Lines) -> None:
        lines[-1] |= {"modelClass": "NA", "model": None, "emissions": None, "energy": None}

    numbers = expected_numbers(read_usage_file(file_of(another_class)))
    [without_model] = [line for line in numbers["usage"]["models"] if line["model"] is None]
    assert (without_model["emissions"], without_model["energy"]) == (None, None)
    assert without_model["tokens"]["output"] == "3"
    assert not any(place.startswith("usage row") for place in differences(another_class))


@pytest.mark.parametrize(
    ("carry_in", "limit", "grams", "carry_out", "not_covered"),
    [
        # The central estimate is exactly 3 602 037.875 ug, and 3 602 038 is printed.
        ("0", "1000", "4", "397962", "0"),
        ("602037.875", "1000", "3", "0", "0"),
        ("602037.874999", "1000", "4", "1000000", "0"),
        ("3602037.875", "1000", "0", "0", "0"),
        ("9602037.875", "1000", "0", "6000000", "0"),
        ("0", "3", "3", "0", "602038"),
        ("0", "0", "0", "0", "3602038"),
    ],
)
def test_what_was_retired_follows(carry_in: str, limit: str, grams: str, carry_out: str, not_covered: str) -> None:
    def carried(lines: Lines) -> None:
        lines[0] |= {"carryInMicrograms": carry_in, "coverageLimitGrams": limit}

    retired = retired_of(carried)
    assert (retired["grams"], retired["carryOutMicrograms"], retired["notCoveredMicrograms"]) == (
        grams, carry_out, not_covered
    )  # fmt: skip
    left = int(grams) * 10**6 - int(carry_out) + int(not_covered)
    assert 3602038 - int(retired["carryInMicrograms"]) == left


def test_a_period_without_usage_states_zero_and_has_no_lines() -> None:
    def none(lines: Lines) -> None:
        del lines[1:]
        lines[0] |= {"factors": "0", "rows": "0", "carryInMicrograms": "0"}

    numbers = expected_numbers(read_usage_file(file_of(none)))
    assert numbers["emissions"] == bounds("0", "0", "0")
    assert numbers["usage"]["models"] == numbers["usage"]["projects"] == numbers["adjustments"]["lines"] == []
    assert set(numbers["usage"]["tokens"].values()) == {None}
    assert numbers["retired"]["grams"] == "0"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda lines: lines[0].update(format="carbonledger-sealed-usage-2"), "not in the format"),
        (lambda lines: lines[0].update(rows="5"), "as many lines"),
        (lambda lines: lines[0].update(factors="17"), "as many lines"),
        (lambda lines: lines.insert(1, lines.pop()), "in order"),
        (lambda lines: lines.__setitem__(1, lines[2]), "there twice"),
        (lambda lines: lines[1].update(bound="median"), "in the format of sealed usage"),
        (lambda lines: lines[1].update(microgramsPerToken="1.50"), "decimal"),
        (lambda lines: lines[1].update(microgramsPerToken="1e3"), "decimal"),
        (lambda lines: lines[1].update(microgramsPerToken="-0"), "decimal"),
        (lambda lines: lines[1].update(microgramsPerToken="٣"), "decimal"),
        (lambda lines: lines[-1].update(requests="007"), "whole number"),
        (lambda lines: lines[-1].update(requests=7), "in the format of sealed usage"),
        (lambda lines: lines[-1].pop("tokens"), "in the format of sealed usage"),
        (lambda lines: lines[-1].update(emissions={"low": "1"}), "in the format of sealed usage"),
        (lambda lines: lines[-1]["tokens"].pop("output"), "exactly the counters"),
        (lambda lines: lines[-1]["tokens"].update(images="1"), "exactly the counters"),
        *(
            ((lambda lines, name=name: lines[-1].update({name: ["x"]})), "where a text belongs")
            for name in ("project", "provider", "model", "modelClass", "host", "methodologyVersion")
        ),
        (lambda lines: lines[-1].update(origin={"start": 1, "end": 2}), "where a text belongs"),
        (lambda lines: lines[1].update(host=["x"]), "where a text belongs"),
    ],
)
def test_a_file_in_another_format_is_refused(change: Callable[[Lines], object], why: str) -> None:
    with pytest.raises(VerificationError, match=why):
        read_usage_file(file_of(change))


@pytest.mark.parametrize("file", [b"", b"\n", b"[]\n", b"{}", b"{}\n", as_file(usage_lines())[:-1]])
def test_what_is_cut_off_or_no_usage_file_is_refused(file: bytes) -> None:
    with pytest.raises(VerificationError):
        read_usage_file(file)
