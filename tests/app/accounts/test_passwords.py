"""Passwords and names, without a server."""

import time

import pytest
from pydantic import SecretStr

from app.accounts.names import email_address, usable_name
from app.accounts.passwords import check_password, hash_password, password_matches
from core.errors import InvalidInputError


def test_the_same_characters_typed_on_another_system_are_the_same_password() -> None:
    composed, decomposed = SecretStr("caf\u00e9 au lait"), SecretStr("cafe\u0301 au lait")
    assert password_matches(hash_password(composed, memory_mib=8), decomposed, memory_mib=8)


def test_a_hash_made_at_another_cost_still_matches() -> None:
    stored = hash_password(SecretStr("seven green herons"), memory_mib=8)
    assert password_matches(stored, SecretStr("seven green herons"), memory_mib=16)
    assert not password_matches(stored, SecretStr("seven green heron"), memory_mib=16)


def test_an_email_that_nobody_has_costs_the_work_of_a_comparison() -> None:
    started = time.perf_counter()
    assert not password_matches(None, SecretStr("seven green herons"), memory_mib=256)
    assert time.perf_counter() - started > 0.02  # two passes over 256 MiB; without them it is microseconds


@pytest.mark.parametrize("password", ["seven green herons", "abcd1" * 200, "pässwörter!", "correct horse"])
def test_a_password_that_is_long_and_not_among_the_first_guesses_will_do(password: str) -> None:
    check_password(SecretStr(password), email="ada@example.org")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Ada@Example.ORG\n", "ada@example.org"),
        ("ada+ledger@mail.example.org", "ada+ledger@mail.example.org"),
        ("o'hara@localhost", "o'hara@localhost"),
    ],
)
def test_an_email_is_one_address_in_lower_case(typed: str, address: str) -> None:
    assert email_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "a b@example.org",
        "a@b,c@d",
        "ada@exa_mple.org",
        "ada@-x.org",
        "ada@x\x00.org",
        "ädä@x.org",
    ],
)
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError):
        email_address(typed)


@pytest.mark.parametrize("name", ["", "   ", "a\tb", "a\x00b", "a\x85b", "x" * 11])
def test_a_name_is_one_line_of_bounded_length(name: str) -> None:
    with pytest.raises(InvalidInputError, match="The name takes 1 to 10 characters on one line"):
        usable_name(name, what="The name", longest=10)
