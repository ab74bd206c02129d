"""Passwords: which are good enough, and their argon2id strings (PyNaCl; RFC 9106).

The string carries its own salt and cost, so a later change of the setting leaves older passwords valid.
"""

import threading
import unicodedata

import nacl.exceptions
from nacl.pwhash import argon2id
from pydantic import SecretStr

from app.accounts.errors import WeakPasswordError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000

# What people choose when ten characters are asked of them; shorter favourites are refused by their length.
_WORST_PASSWORDS = frozenset(
    """
    0123456789 0987654321 1111111111 1122334455 1234512345 1234567890 12345678910 123456789a 1234567891 123456789q
    1234567890q 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 3.1415926535 9876543210 abcd123456 abcdefghij administrator
    asdfghjkl1 basketball carbonledger changeme123 contraseña football123 iloveyou123 jacqueline jordan2323 letmein123
    liverpool1 motdepasse passw0rd123 password01 password10 password11 password12 password123 password1234
    password12345 passwordpassword q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv qwerty1234 qwerty12345 qwerty123456
    qwertyuiop qwertyuiop1 qwertz1234 superman123 unbelievable welcome123 welcome1234 zaq12wsxcde zxcvbnm123
    """.split()  # noqa: SIM905 - a paragraph of words reads better than a list of sixty strings
)
_DIFFERENT_CHARACTERS = 4

_OPERATIONS = 2  # argon2id's passes; with 64 MiB this is libsodium's "interactive", about 60 ms on a server core
_AT_ONCE = threading.BoundedSemaphore(4)  # each takes all its memory; a burst of log-ins has to queue, not to swap


def check_password(password: SecretStr, *, email: str) -> None:
    """Raises WeakPasswordError, saying why, for one that others would guess."""
    text = _normalized(password)
    if len(text) < SHORTEST_PASSWORD:
        raise WeakPasswordError(f"Choose a password of at least {SHORTEST_PASSWORD} characters.")
    if len(text) > LONGEST_PASSWORD:
        raise WeakPasswordError(f"Choose a password of at most {LONGEST_PASSWORD} characters.")
    if text.lower() in {email, email.partition("@")[0]}:
        raise WeakPasswordError("Choose a password that is not your e-mail address.")
    if text.lower() in _WORST_PASSWORDS or len(set(text)) < _DIFFERENT_CHARACTERS:
        raise WeakPasswordError("This password is among the first that others would guess. Choose another one.")


def hash_password(password: SecretStr, *, memory_mib: int) -> str:
    """The argon2id string to store."""
    with _AT_ONCE:
        made: bytes = argon2id.str(_bytes(password), opslimit=_OPERATIONS, memlimit=memory_mib << 20)
    return made.decode()


def password_matches(stored: str | None, password: SecretStr, *, memory_mib: int) -> bool:
    """Whether it is the stored one. Where none is stored, the same work is done for nothing: an e-mail that nobody has
    must not answer sooner than one that somebody has.
    """
    if stored is None:
        hash_password(password, memory_mib=memory_mib)
        return False
    try:
        with _AT_ONCE:
            return bool(argon2id.verify(stored.encode(), _bytes(password)))
    except nacl.exceptions.InvalidkeyError:
        return False


def _bytes(password: SecretStr) -> bytes:
    """Of any text: JSON can spell half of a surrogate pair, which UTF-8 refuses, quoting it."""
    return _normalized(password).encode(errors="surrogatepass")


def _normalized(password: SecretStr) -> str:
    """NFKC (NIST SP 800-63B, 5.1.1.2): the same keys typed on another system give the same password."""
    return unicodedata.normalize("NFKC", password.get_secret_value())
