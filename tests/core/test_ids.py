"""Public ids name one thing in one spelling, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import database_key, public_id, random_token, token_hash


@given(st.integers(1, 2**63 - 1))
def test_a_public_id_holds_its_key(key: int) -> None:
    assert database_key("conn", public_id("conn", key)) == key


@pytest.mark.parametrize(
    "text",
    [
        *("", "42", "conn", "conn_", "_42", "proj_42", "CONN_42", "conn-42"),
        *("conn_0", "conn_-1", "conn_+1", "conn_007", "conn_4 2", " conn_42", "conn_42 ", "conn_4_2"),
        *("conn_9223372036854775808", "conn_" + "9" * 40, "conn_٤٢", "conn_²", "conn_1e3", "conn_0x10"),
    ],
)
def test_anything_else_names_nothing(text: str) -> None:
    assert database_key("conn", text) is None


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    key = database_key("conn", text)
    assert key is None or public_id("conn", key) == text


def test_a_token_has_256_bits_and_is_kept_as_its_sha256() -> None:
    assert len(random_token()) == 43
    assert random_token() != random_token()
    assert token_hash("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_half_of_a_surrogate_pair_has_a_hash_too() -> None:
    assert token_hash("\ud800").hex() == "91a681b998555fb475479817b126c94e57e52011fa1842c5d188795a4a05226b"
