"""What verifiers need of us, at fixed addresses: public keys, their history, and the schema of receipts."""

import json
from collections.abc import Callable
from typing import Any

from carbonledger.verify.schema import receipt_schema_bytes
from fastapi import APIRouter, Request, Response

from app.api.dependencies import Context
from app.api.public_data import public_data
from app.context import ServerContext
from core.database import Connection
from core.errors import NotFoundError
from receipts.keys.did_document import did_document
from receipts.keys.errors import NoKeysError
from receipts.keys.history import key_history
from receipts.keys.jwks import jwks

router = APIRouter(tags=["verification"])

KEYS_MAX_AGE_SECONDS = 300  # how long a revoked key may still look good
SCHEMA_MAX_AGE_SECONDS = 86_400  # a version of the schema does not change


def _documented(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"content": {media_type: {"schema": {"type": "object"}}}},
        304: {"description": "The caller has it already."},
        404: {"description": "Nothing has been signed here yet."},
    }


@router.get("/.well-known/jwks.json", responses=_documented("application/jwk-set+json"), response_class=Response)
def read_jwks(request: Request, context: Context) -> Response:
    """Every public key that ever signed receipts, as a JWK set. What became of each: the key history."""
    return _of_keys(request, context, jwks, media_type="application/jwk-set+json")


@router.get("/.well-known/did.json", responses=_documented("application/did+json"), response_class=Response)
def read_did_document(request: Request, context: Context) -> Response:
    """The issuer's did:web document; its assertion methods are the receipt keys that are not revoked."""
    return _of_keys(request, context, did_document, media_type="application/did+json")


@router.get("/.well-known/key-history.json", responses=_documented("application/json"), response_class=Response)
def read_key_history(request: Request, context: Context) -> Response:
    """Every key of receipts and of the log, with what became of it. Verifiers keep a copy of it."""
    return _of_keys(request, context, key_history, media_type="application/json")


@router.get("/schemas/receipt-1.json", responses=_documented("application/schema+json"), response_class=Response)
def read_receipt_schema(request: Request) -> Response:
    """The JSON Schema (draft 2020-12) of a receipt, version 1."""
    return public_data(
        request,
        receipt_schema_bytes(),
        media_type="application/schema+json",
        max_age_seconds=SCHEMA_MAX_AGE_SECONDS,
    )


def _of_keys(
    request: Request,
    context: ServerContext,
    document: Callable[[Connection], dict[str, Any]],
    *,
    media_type: str,
) -> Response:
    try:
        with context.database.before_tenant() as connection:
            content = json.dumps(document(connection), indent=2).encode() + b"\n"
    except NoKeysError:
        raise NotFoundError("Nothing has been signed here yet, so there are no keys.") from None
    return public_data(request, content, media_type=media_type, max_age_seconds=KEYS_MAX_AGE_SECONDS)
