"""The did:web document: who verifies with a client of W3C credentials finds the receipt keys here.

Sources: did:web method; Controlled Identifiers 1.0, section 2.2.2 (Multikey, `revoked`).
"""

from typing import Any

from carbonledger.verify.base58 import multikey

from core.database import Connection
from receipts.keys.errors import NoKeysError
from receipts.keys.history import instant
from receipts.keys.issuer import issuer_of
from receipts.keys.published import PublishedKey, published_keys

CONTEXT = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


def did_document(connection: Connection) -> dict[str, Any]:
    """Every receipt key ever; those that are not revoked may assert. Raises NoKeysError before the first key.

    The standard cannot say "good below a leaf of the log", so outside clients refuse all receipts of a revoked key.
    """
    issuer = issuer_of(connection)
    if issuer is None:
        raise NoKeysError
    keys = [key for key in published_keys(connection) if key.purpose == "receipt"]
    return {
        "@context": list(CONTEXT),
        "id": issuer.did,
        "verificationMethod": [_method(issuer.did, key) for key in keys],
        "assertionMethod": [f"{issuer.did}#{key.kid}" for key in keys if key.state != "revoked"],
    }


def _method(did: str, key: PublishedKey) -> dict[str, str]:
    method = {
        "id": f"{did}#{key.kid}",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey(key.public_key),
    }
    return method if key.revoked_at is None else {**method, "revoked": instant(key.revoked_at)}
