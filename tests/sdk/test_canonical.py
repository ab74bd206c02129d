"""Canonical JSON: the six cases of RFC 8785's author byte for byte, and nothing that a double would have to hold."""

import json
from decimal import Decimal

import pytest
import rfc8785
from carbonledger.verify.canonical import canonical
from carbonledger.verify.errors import VerificationError

from tests.sdk.vectors import VECTORS

JCS = VECTORS / "jcs-rfc8785"
CASES = ["arrays", "french", "structures", "unicode", "values", "weird"]


@pytest.mark.parametrize("case", CASES)
def test_each_published_case_comes_out_byte_for_byte(case: str) -> None:
    value = json.loads((JCS / "input" / f"{case}.json").read_bytes())
    assert rfc8785.dumps(value) == (JCS / "output" / f"{case}.json").read_bytes()


@pytest.mark.parametrize("case", ["french", "unicode", "weird"])
def test_ours_is_the_same_where_no_float_is(case: str) -> None:
    value = json.loads((JCS / "input" / f"{case}.json").read_bytes())
    assert canonical(value) == (JCS / "output" / f"{case}.json").read_bytes()


def test_names_are_sorted_by_utf_16_code_units() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_letters_and_marks_stay_as_they_are_written() -> None:
    assert canonical("\u00e9") != canonical("e\u0301")


@pytest.mark.parametrize("value", [1.0, float("nan"), [0.1], {"a": 2**53}, Decimal(1), "\ud800", {"\udfff": 1}, b"a"])
def test_what_has_no_form_that_every_reader_shares_is_refused(value: object) -> None:
    with pytest.raises(VerificationError, match="canonical form"):
        canonical(value)  # type: ignore[arg-type] # that is the point
