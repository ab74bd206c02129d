"""The fonts of a printed receipt, and what is printed for a character that none of them has.

Latin, Greek and Cyrillic are set in our two cuts of Source Sans. Arabic, Hebrew, Thai, Devanagari and, together,
Chinese, Japanese and Korean have a font, which is loaded only for a receipt that needs it. Any other character, an
emoji above all, is printed by its number, `[U+1F33F]`: visibly another thing than the name in receipt.json, never a
blank.
"""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from receipts.pdf.look import MONO, SANS

FOLDER = Path(__file__).parent / "fonts"
FACES = {
    (SANS, ""): FOLDER / "CarbonLedgerSans-Regular.ttf",
    (SANS, "B"): FOLDER / "CarbonLedgerSans-SemiBold.ttf",
    (MONO, ""): FOLDER / "CarbonLedgerMono-Regular.ttf",
}
OTHER_SCRIPTS = {
    "arabic": FOLDER / "NotoSansArabic-Regular.ttf",
    "hebrew": FOLDER / "NotoSansHebrew-Regular.ttf",
    "devanagari": FOLDER / "NotoSansDevanagari-Regular.ttf",
    "thai": FOLDER / "NotoSansThai-Regular.ttf",
    "chinese-japanese-korean": FOLDER / "DroidSansFallback.ttf",
}
_JOINERS = {"\u200c", "\u200d"}
_JOINED_SCRIPTS = ("arabic", "devanagari")


@cache
def characters(path: Path) -> frozenset[int]:
    """The code points that a font has a glyph for."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def script_of(character: str) -> str | None:
    """Which font sets a character: "" our own, a name of OTHER_SCRIPTS, None for no font.

    Controls, private and unassigned characters, and marks that turn the direction of text are never set.
    """
    if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}:
        return None
    if ord(character) in characters(FACES[SANS, ""]):
        return ""
    return next((name for name, path in OTHER_SCRIPTS.items() if ord(character) in characters(path)), None)


def printable(text: str) -> str:
    """The text with each run of characters that no font has written as `[U+1F469 U+200D U+1F52C]`."""
    if text.isascii() and text.isprintable():
        return text
    printed: list[str] = []
    missing: list[str] = []
    before: str | None = None
    for character in text:
        joins = character in _JOINERS and before in _JOINED_SCRIPTS
        script = before if joins else script_of(character)
        if script is None:
            missing.append(f"U+{ord(character):04X}")
        else:
            printed.append(_numbers(missing))
            printed.append(character)
            missing = []
        before = script
    return "".join(printed) + _numbers(missing)


def scripts_of(text: str) -> list[str]:
    """The names of OTHER_SCRIPTS that a printable text needs, in their order; none for most texts."""
    if text.isascii():
        return []
    needed = {script_of(character) for character in text if character not in _JOINERS}
    return [name for name in OTHER_SCRIPTS if name in needed]


def is_in(text: str, family: str) -> bool:
    """Whether one of our own faces has every character of a text."""
    return text.isascii() or all(ord(character) in characters(FACES[family, ""]) for character in text)


def _numbers(missing: list[str]) -> str:
    return f"[{' '.join(missing)}]" if missing else ""
