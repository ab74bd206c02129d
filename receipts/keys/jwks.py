"""The keys that sign receipts as a JWK set (RFC 7517, RFC 8037), for whoever has a JOSE library at hand.

`alg` is left out: RFC 9864 replaces EdDSA by Ed25519, and libraries disagree on which of the two they take. A JWK says
nothing of revocation, so every receipt key ever is in it; the key history says what became of each.
"""

from typing import Any

from carbonledger.verify.key_ids import base64url

from core.database import Connection
from receipts.keys.errors import NoKeysError
from receipts.keys.published import published_keys


def jwks(connection: Connection) -> dict[str, Any]:
    """Raises NoKeysError before the first key. Keys of the log are not in it: no receipt is theirs."""
    keys = [key for key in published_keys(connection) if key.purpose == "receipt"]
    if not keys:
        raise NoKeysError
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": key.kid, "x": base64url(key.public_key), "use": "sig"}
            for key in keys
        ]
    }
