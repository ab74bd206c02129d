"""What a receipt prints as a name: the rule for legal names, and stored names without what no receipt prints."""

import pytest

from core.errors import InvalidInputError
from core.names import legal_name, printable

UNPRINTABLE = [
    "\x00", "\x1b", "\t", "\r", "\n", "\x7f", "\x85", "\u2028", "\u202e", "\u202a", "\u2066", "\u2069", "\ud800",
    "\udfff", "\ufdd0", "\uffff", "\U0010ffff",
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Acme GmbH", "Acme GmbH"),
        ("  Acme  ", "Acme"),
        ("Cafe\u0301 SA", "Café SA"),
        ("شركة الكربون\u200f (ش.م.ل)", "شركة الكربون\u200f (ش.م.ل)"),
        ("碳账本有限公司", "碳账本有限公司"),
        ("🌱 Ltd", "🌱 Ltd"),
        ("A+B = C-D @ E", "A+B = C-D @ E"),
        ("x" * 200, "x" * 200),
        ("e\u0301" * 200, "é" * 200),
    ],
)
def test_a_legal_name_is_kept_in_nfc(given: str, name: str) -> None:
    assert legal_name(given) == name


@pytest.mark.parametrize("given", ["", "   ", "x" * 201, "e\u0301" * 100_000])
def test_a_legal_name_takes_1_to_200_characters(given: str) -> None:
    with pytest.raises(InvalidInputError, match="1 to 200 characters"):
        legal_name(given)


@pytest.mark.parametrize("character", UNPRINTABLE)
def test_a_legal_name_shows_no_other_text_than_it_is(character: str) -> None:
    for given in (f"Ac{character}me", f"{character}Acme", f"Acme{character}"):
        with pytest.raises(InvalidInputError, match="no control characters"):
            legal_name(given)


@pytest.mark.parametrize("given", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1", "＋1", "－1", "＠x"])
def test_a_legal_name_is_no_formula(given: str) -> None:
    with pytest.raises(InvalidInputError, match="spreadsheets would run it"):
        legal_name(given)


@pytest.mark.parametrize("character", UNPRINTABLE)
def test_a_stored_name_shows_where_it_was_cleaned(character: str) -> None:
    assert printable(f"Cafe\u0301{character}=x") == "Café\ufffd=x"


def test_a_clean_name_is_printed_as_it_is() -> None:
    assert printable("Café 碳 🌱 \u200f") == "Café 碳 🌱 \u200f"
