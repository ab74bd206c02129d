"""E-mail addresses and names as people type them: parsed once, here."""

import re
import unicodedata

from app.accounts.errors import UnusableEmailError
from core.errors import InvalidInputError

# What a browser accepts in <input type="email">: https://html.spec.whatwg.org/#valid-e-mail-address
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_UNUSABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # also what separates lines: PostgreSQL may call it a control character
_LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets


def email_address(text: str) -> str:
    """The address in lower case; raises UnusableEmailError (which does not repeat it)."""
    address = text.strip().lower()
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise UnusableEmailError
    return address


def usable_name(text: str, *, what: str, longest: int) -> str:
    """A name on one line, trimmed; raises InvalidInputError if it is empty, too long, or has control characters."""
    name = text.strip()
    if len(name) <= 4 * longest:  # NFC shortens to a quarter at most, and takes the square of the length: minutes
        name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= longest or any(unicodedata.category(character) in _UNUSABLE for character in name):
        raise InvalidInputError(f"{what} takes 1 to {longest} characters on one line.")
    return name
