"""Idempotency-Key on POST: the same key with the same request is carried out once.

claim -> carry out -> keep the reply, or, if it was refused, give the key back (a refused act changed nothing).

A row without a status is a request in flight. One that is older than LEASE belongs to a process that died and is
claimed anew; the acts themselves are safe to repeat (natural keys), so a crash between act and reply costs nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from app.accounts.principal import SESSION_COOKIE, Principal
from app.api.dependencies import context_of, principal_of
from core.database import Database
from core.errors import ConflictError, InvalidInputError

LEASE = timedelta(minutes=2)  # longer than any POST of ours takes
KEPT_FOR = timedelta(hours=24)
_LONGEST_KEY = 255
_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY},
    "description": "Carry out once: the same key with the same request answers the first reply, kept for 24 hours, "
    "with `Idempotent-Replayed: true`. A reply that held a secret is not shown again (409).",
}


class InvalidIdempotencyKeyError(InvalidInputError):
    code = "invalid-idempotency-key"


class IdempotencyKeyReusedError(InvalidInputError):
    code = "idempotency-key-reused"


class RequestInFlightError(ConflictError):
    code = "request-in-flight"


class ReplyHeldASecretError(ConflictError):
    code = "reply-held-a-secret"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out a request, until it is kept or given back."""

    org_id: int
    key: str
    claimed_at: datetime


class IdempotentRoute(APIRoute):
    """A route whose POST honours Idempotency-Key: `APIRouter(route_class=IdempotentRoute)`."""

    reply_holds_secret: ClassVar[bool] = False

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        if "POST" in (given.get("methods") or ()):
            given["openapi_extra"] = {**(given.get("openapi_extra") or {}), "parameters": [_PARAMETER]}
        super().__init__(path, endpoint, **given)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        carry_out = super().get_route_handler()

        async def carry_out_once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is None or request.method != "POST":
                return await carry_out(request)
            database = context_of(request).database
            body = await request.body()  # before who asks is looked up: a body may take an hour, and they be removed
            principal = await run_in_threadpool(principal_of, request)
            digest = _request_hash(request, body, principal)
            now = context_of(request).clock.now()
            claimed = await run_in_threadpool(claim, database, principal.org_id, key, digest, now=now)
            if isinstance(claimed, Response):
                return claimed
            is_kept = False
            try:
                response = await carry_out(request)
                if response.status_code < 300:
                    await run_in_threadpool(keep, database, claimed, response, holds_secret=self.reply_holds_secret)
                    is_kept = True
                return response
            finally:
                if not is_kept:
                    await run_in_threadpool(give_back, database, claimed)

        return carry_out_once


class SecretReplyRoute(IdempotentRoute):
    """For replies that show a secret once: kept without their body, so a replay is a 409."""

    reply_holds_secret = True


def claim(database: Database, org_id: int, key: str, digest: bytes, *, now: datetime) -> Claim | Response:
    """The claim, or the reply of the first request with `Idempotent-Replayed: true`.

    Raises InvalidIdempotencyKeyError, IdempotencyKeyReusedError, RequestInFlightError and ReplyHeldASecretError.
    """
    if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise InvalidIdempotencyKeyError(f"An Idempotency-Key has 1 to {_LONGEST_KEY} visible ASCII characters.")
    with database.tenant(org_id) as connection:
        fresh = connection.execute(
            "insert into ops.idempotent_replies as reply (org_id, key, request_hash, created_at)"
            " values (%(org_id)s, %(key)s, %(digest)s, %(now)s)"
            " on conflict (org_id, key) do update set request_hash = excluded.request_hash,"
            "  created_at = excluded.created_at, status = null, location = null, body = null"
            " where reply.created_at <= %(expired)s or (reply.status is null and reply.created_at <= %(abandoned)s)"
            " returning 1",
            {
                "org_id": org_id,
                "key": key,
                "digest": digest,
                "now": now,
                "expired": now - KEPT_FOR,
                "abandoned": now - LEASE,
            },
        ).fetchone()
        if fresh is not None:
            return Claim(org_id, key, now)
        first = connection.execute(
            "select request_hash, status, location, body from ops.idempotent_replies where key = %s", [key]
        ).fetchone()
    if first is None or (first["status"] is None and first["request_hash"] == digest):
        raise RequestInFlightError("The first request with this Idempotency-Key is still running. Ask again shortly.")
    if first["request_hash"] != digest:
        raise IdempotencyKeyReusedError("This Idempotency-Key came with another request before. Use a new one.")
    if first["body"] is None:
        raise ReplyHeldASecretError("This was done already; its reply held a secret, which is shown only once.")
    return _replay(first["status"], first["location"], first["body"])


def keep(database: Database, claimed: Claim, response: Response, *, holds_secret: bool) -> None:
    """Store the reply for KEPT_FOR, and drop this organization's expired ones."""
    body = None if holds_secret else bytes(response.body).decode()
    with database.tenant(claimed.org_id) as connection:
        connection.execute(
            "update ops.idempotent_replies set status = %s, location = %s, body = %s"
            " where key = %s and created_at = %s and status is null",
            [response.status_code, response.headers.get("location"), body, claimed.key, claimed.claimed_at],
        )
        connection.execute("delete from ops.idempotent_replies where created_at <= %s", [claimed.claimed_at - KEPT_FOR])


def give_back(database: Database, claimed: Claim) -> None:
    with database.tenant(claimed.org_id) as connection:
        connection.execute(
            "delete from ops.idempotent_replies where key = %s and created_at = %s and status is null",
            [claimed.key, claimed.claimed_at],
        )


def _request_hash(request: Request, body: bytes, principal: Principal) -> bytes:
    """Over everything that makes the request this one, and who sent it: nobody is shown another's reply.

    Keyed by what they prove it with, which the database does not have: a body may hold a password, and a copy of the
    table shall be nothing to try passwords on.
    """
    parts = [request.method, request.url.path, request.url.query, principal.actor, hashlib.sha256(body).hexdigest()]
    proof = request.headers.get("authorization") or request.cookies.get(SESSION_COOKIE) or ""
    return hmac.digest(proof.encode(), json.dumps(parts).encode(), "sha256")


def _replay(status: int, location: str | None, body: str) -> Response:
    headers = {"Idempotent-Replayed": "true"}
    if location is not None:
        headers["Location"] = location
    if body:
        headers["Content-Type"] = "application/json"
    return Response(body, status_code=status, headers=headers)
