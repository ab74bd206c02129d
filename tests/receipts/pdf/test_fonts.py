"""The fonts in the repository: few, small, each with its source and licence, and covering what they say."""

import pytest
from fontTools.ttLib import TTFont

from receipts.pdf import look, typefaces
from receipts.pdf.sheet import Sheet

FOLDER = typefaces.FOLDER
LARGEST_TOGETHER_BYTES = 5_000_000


def test_every_font_is_used_and_its_source_and_licence_are_told() -> None:
    there = {path.name for path in FOLDER.glob("*.ttf")}
    used = {path.name for path in [*typefaces.FACES.values(), *typefaces.OTHER_SCRIPTS.values()]}
    sources = (FOLDER / "SOURCES.md").read_text()
    assert there == used
    assert {name for name in there if f"`{name}`" not in sources} == set()
    assert (FOLDER / "OFL-1.1.txt").read_text().startswith("SIL OPEN FONT LICENSE")


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LARGEST_TOGETHER_BYTES


def test_no_cut_bears_a_reserved_name() -> None:
    """Adobe reserves "Source" for the originals (OFL 1.1, condition 3)."""
    for path in typefaces.FACES.values():
        with TTFont(path) as font:
            names = {str(font["name"].getName(identity, 3, 1)) for identity in (1, 4, 6)}
        assert {name for name in names if "source" in name.lower()} == set()
        assert {name.replace(" ", "")[:12] for name in names} == {"CarbonLedger"}


def test_fonts_of_other_scripts_are_asked_for_by_texts_that_need_them() -> None:
    assert typefaces.scripts_of("Acme & Søn, Київ") == []
    assert typefaces.scripts_of("Acme شركة 中山") == ["arabic", "chinese-japanese-korean"]


def test_a_joiner_is_kept_in_a_script_that_joins_and_shown_elsewhere() -> None:
    assert typefaces.printable("می\u200cخواهم") == "می\u200cخواهم"
    assert typefaces.printable("a\u200cb") == "a[U+200C]b"


@pytest.mark.parametrize("style", [look.NAME, look.VALUE, look.CODE], ids=["semibold", "regular", "mono"])
def test_no_character_is_printed_as_an_empty_box(style: look.Style, caplog: pytest.LogCaptureFixture) -> None:
    """fpdf2 tells of glyphs that are missing when it writes the file; PDF/A refuses a reference to none."""
    paths = [*typefaces.FACES.values(), *typefaces.OTHER_SCRIPTS.values()]
    every = sorted({chr(point) for path in paths for point in typefaces.characters(path) if point < 0x3400})
    sheet = Sheet(serial="CLT-1", is_test=False, closed_at="2026-11-03T10:15:00Z", file_id="00" * 16)
    sheet.add_page()
    for start in range(0, len(every), 60):
        sheet.write_line("".join(every[start : start + 60]), x=look.MARGIN, y=40, width=look.WIDTH, style=style)
    sheet.output()
    assert [record.getMessage() for record in caplog.records if "missing" in record.getMessage()] == []
