"""Names on paper: the rule for legal names, and how names that were stored before there was one are printed.

What a receipt prints is signed and read by people, so a name may hold nothing that shows other text than it is: no
control characters, no overrides of the direction of writing, nothing that I-JSON (RFC 7493, section 2.1) leaves out.
"""

import re
import unicodedata

from core.errors import InvalidInputError

LONGEST_LEGAL_NAME = 200

_REPLACEMENT = "\ufffd"
# Controls, embeddings and overrides, isolates, line separators, surrogates, noncharacters. The marks U+200E and U+200F
# stay: Arabic and Hebrew names need them, and they turn nothing around.
_UNPRINTABLE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
# What a spreadsheet would run, also as East Asian keyboards type it: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def printable(text: str) -> str:
    """The name in NFC; each character that no receipt prints has become U+FFFD, so that its place is seen."""
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub(_REPLACEMENT, text))


def legal_name(text: str) -> str:
    """The name as receipts print it: NFC, trimmed. Raises InvalidInputError, which says what is wrong."""
    if _UNPRINTABLE.search(text):
        raise InvalidInputError("A legal name has no control characters and does not turn the direction of writing.")
    name = text.strip()
    if len(name) <= 4 * LONGEST_LEGAL_NAME:  # NFC shortens to a quarter at most, and takes the square of the length
        name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= LONGEST_LEGAL_NAME:
        raise InvalidInputError(f"A legal name takes 1 to {LONGEST_LEGAL_NAME} characters.")
    if name.startswith(_FORMULA):
        raise InvalidInputError("A legal name does not begin with =, +, - or @: spreadsheets would run it.")
    return name
