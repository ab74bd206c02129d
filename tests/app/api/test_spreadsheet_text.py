"""Text in cells: what a spreadsheet would run is not run, and everything else stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.spreadsheet_text import spreadsheet_text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\tname",
        "\rname",
        "\nname",
        " \tname",
        " =1",
        "\u00a0=1",
        "\u3000=1",
        "\u200b=1",
        "\ufeff=1",
        '"=1',
        "'=1",
        "''=1",
        '" =1',
        "“=1",
        "＂=1",
        "＝1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        " ＝1",
        "−1",
        "﹦1",
    ],
)
def test_a_cell_that_would_be_run_starts_with_an_apostrophe(text: str) -> None:
    assert spreadsheet_text(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "neutral"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; =1", "a;' =1"),
        ('a";=1', "a\";'=1"),
        ("a\t=1", "a\t'=1"),
        ("a\r\n=1", "a\r'\n'=1"),
        ("\t=1", "'\t'=1"),
        ("=1;=2", "'=1;'=2"),
        ("\ta;=2", "'\ta;'=2"),
    ],
)
def test_what_another_delimiter_makes_a_cell_is_one(text: str, neutral: str) -> None:
    assert spreadsheet_text(text) == neutral


@pytest.mark.parametrize(
    "text",
    ["", "gpt-5", "claude-sonnet-4-5@20250929", "proj_a=b", "Search", "a, -b", "'quoted'", "a+b", "#1", "100%", "名前"],
)
def test_other_text_stays(text: str) -> None:
    assert spreadsheet_text(text) == text


@given(st.text())
def test_no_cell_begins_with_what_is_run(text: str) -> None:
    neutral = spreadsheet_text(text)
    assert neutral[:1] not in {*"=+-@\t\r\n＝＋－＠"}
    assert neutral.replace("'", "") == text.replace("'", "")


@given(st.text(alphabet=" \t\r\n'\"=+-@;a＝", max_size=12))
def test_neutral_text_has_nothing_that_is_run_in_any_cell(text: str) -> None:
    for cell in spreadsheet_text(text).replace("\r", "\n").replace("\t", "\n").replace(";", "\n").split("\n"):
        assert cell.lstrip(' "')[:1] not in {*"=+-@＝"}
