"""Serial numbers of receipts: `CL-2026-10-7F3K9QX2-M`, for people.

Prefix (`CL`, a test issuer's `CLT`), year and month in which the period starts, eight random characters of Crockford's
base 32 (40 bits), and a check character: ISO 7064 MOD 37,36 over everything before it without dashes. It finds every
single wrong character and nearly every swap of two neighbours.
"""

import re
from dataclasses import dataclass
from datetime import date

from carbonledger.verify.errors import VerificationError

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # of ISO 7064 MOD 37,36
_FORM = re.compile(r"(CLT?)-([0-9]{4})-(0[1-9]|1[0-2])-([0-9A-HJKMNP-TV-Z]{8})-([0-9A-Z])")
_LOOK_ALIKES = str.maketrans("OIL", "011")
ENTROPY_BYTES = 5


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial number whose check character is right; `str` writes it."""

    is_test: bool
    year: int
    month: int
    random: str

    def __str__(self) -> str:
        parts = ["CLT" if self.is_test else "CL", f"{self.year:04}", f"{self.month:02}", self.random]
        return "-".join([*parts, check_character("".join(parts))])


def serial(*, starts_on: date, entropy: bytes, is_test: bool) -> Serial:
    """The serial number for a period that starts on this day, from five random bytes."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"a serial number takes {ENTROPY_BYTES} random bytes, not {len(entropy)}")
    number = int.from_bytes(entropy, "big")
    random = "".join(_CROCKFORD[number >> shift & 31] for shift in range(35, -1, -5))
    return Serial(is_test=is_test, year=starts_on.year, month=starts_on.month, random=random)


def parse(text: str) -> Serial:
    """The serial number that `text` is, exactly. Raises VerificationError: another form, or a wrong check character."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise VerificationError(f"{text[:40]!r} is not a serial number such as CL-2026-10-7F3K9QX2-M.")
    prefix, year, month, random, _ = form.groups()
    number = Serial(is_test=prefix == "CLT", year=int(year), month=int(month), random=random)
    if str(number) != text:
        raise VerificationError(f"The check character of {text} is wrong: a character was misread.")
    return number


def as_typed(text: str) -> str:
    """What somebody who typed this meant: capitals, no white space around, O, I and L for what they look like."""
    groups = text.strip().upper().split("-")
    if len(groups) == 5:
        groups[3] = groups[3].translate(_LOOK_ALIKES)
        body = "".join(groups[:4])
        # The random part has no O, I or L; the check character may be one.
        if body.isascii() and body.isalnum() and groups[4]:
            right = check_character(body)
            groups[4] = right if groups[4].translate(_LOOK_ALIKES) == right.translate(_LOOK_ALIKES) else groups[4]
    return "-".join(groups)


def check_character(body: str) -> str:
    """ISO 7064 MOD 37,36 over digits and capital letters."""
    product = 36
    for character in body:
        total = (product + _ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]
