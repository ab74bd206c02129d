"""Public ids: a kind and a database key in one opaque string (`conn_42`), and random tokens.

A public id of the wrong kind, or one that cannot be a database key, names nothing: callers answer "not found".
"""

import hashlib
import secrets
from typing import Literal

Kind = Literal[
    "org", "user", "key", "conn", "proj", "wl", "sync", "inv", "corr", "period", "target", "budget", "notice"
]

_LARGEST_KEY = 2**63 - 1


def public_id(kind: Kind, key: int) -> str:
    return f"{kind}_{key}"


def database_key(kind: Kind, public: str) -> int | None:
    """The key inside `public`, or None if it is not an id of this kind as `public_id` writes it."""
    prefix, separator, digits = public.partition("_")
    if prefix != kind or not separator or not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return None
    key = int(digits)
    return key if 0 < key <= _LARGEST_KEY and public_id(kind, key) == public else None


def random_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """SHA-256 of a random token: what the database keeps instead of it (32 bytes). Any text has one: senders invent."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
