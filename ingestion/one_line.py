"""Text that people type and receipts print: normalised, on one line, in the direction that it is written in."""

import unicodedata

# Embeddings, overrides and isolates (Unicode Annex 9, section 2): they reorder what is printed after them.
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
# No character is written with more than four (Unicode Annex 15, table 10). Longer text is not even normalised: that
# takes the square of its length, minutes for a body of combining marks.
_MOST_SHRINKING = 4


def one_line(text: str, *, longest: int) -> str | None:
    """The text in NFC without white space around it; None if it has not 1 to `longest` code points.

    None as well for control characters, line and paragraph separators, half a surrogate pair, and whatever turns the
    direction of the text around.
    """
    stripped = text.strip()
    if len(stripped) > _MOST_SHRINKING * longest:
        return None
    line = unicodedata.normalize("NFC", stripped)
    if not 1 <= len(line) <= longest:
        return None
    if any(character in _TURNS_TEXT or unicodedata.category(character) in _REFUSED for character in line):
        return None
    return line
