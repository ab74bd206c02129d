"""Serial numbers for people: what they say, and that a misread one is found."""

from datetime import date

import pytest
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.serials import as_typed, check_character, parse, serial
from hypothesis import given
from hypothesis import strategies as st

OCTOBER = date(2026, 10, 1)
ENTROPY = st.binary(min_size=5, max_size=5)


def test_a_serial_number_says_month_and_issuer() -> None:
    number = serial(starts_on=OCTOBER, entropy=bytes([0, 1, 2, 3, 4]), is_test=False)
    assert str(number) == "CL-2026-10-000G40R4-Y"
    assert str(serial(starts_on=OCTOBER, entropy=bytes([0, 1, 2, 3, 4]), is_test=True)) == "CLT-2026-10-000G40R4-O"


def test_the_check_character_is_the_one_of_iso_7064_mod_37_36() -> None:
    # The example of the GRid standard (Global Release Identifier), which uses the same system.
    assert check_character("A12425GABC1234002") == "M"


@given(ENTROPY, st.booleans())
def test_a_serial_number_reads_back(entropy: bytes, is_test: bool) -> None:
    number = serial(starts_on=OCTOBER, entropy=entropy, is_test=is_test)
    assert parse(str(number)) == number
    assert as_typed(f" {str(number).lower()}\n") == str(number)


@given(ENTROPY, st.integers(0, 100), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_every_single_wrong_character_is_found(entropy: bytes, place: int, wrong: str) -> None:
    right = str(serial(starts_on=OCTOBER, entropy=entropy, is_test=False))
    place %= len(right)
    misread = right[:place] + wrong + right[place + 1 :]
    if misread != right:
        with pytest.raises(VerificationError):
            parse(misread)


@pytest.mark.parametrize("text", ["", "CL", "CL-2026-13-000G40R4-6", "CL-2026-10-000G40R4-Y ", "cl-2026-10-000g40r4-y"])
def test_another_form_is_no_serial_number(text: str) -> None:
    with pytest.raises(VerificationError, match="not a serial number"):
        parse(text)


def test_letters_that_are_not_used_are_read_as_the_digits_that_were_meant() -> None:
    assert as_typed("cl-2026-10-ooog4or4-y") == "CL-2026-10-000G40R4-Y"
    assert as_typed("CLT-2026-10-000G40R4-0") == "CLT-2026-10-000G40R4-O"
    assert as_typed("CLT-2026-10-000G40R4-1") == "CLT-2026-10-000G40R4-1"


@pytest.mark.parametrize("text", ["", "----", "a-b-c-d-", "é-2026-10-000G40R4-0", "- - - -0"])
def test_what_is_no_serial_number_stays_one_that_is_none(text: str) -> None:
    with pytest.raises(VerificationError):
        parse(as_typed(text))


def test_a_serial_number_takes_five_random_bytes() -> None:
    with pytest.raises(ValueError, match="5 random bytes, not 4"):
        serial(starts_on=OCTOBER, entropy=b"1234", is_test=False)
