"""/webhooks/stripe: the mouth of the inbox. Nothing is carried out here; a 2xx means that the event is kept."""

import json

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from app.api.dependencies import context_of
from app.context import ServerContext
from billing.errors import BillingNotConfiguredError
from billing.stripe_events import receive
from billing.stripe_gateway import verify_signature
from core.errors import InvalidInputError

router = APIRouter(include_in_schema=False)  # for Stripe, whose document it is

LARGEST_EVENT_BYTES = 512 * 1024  # the largest of ours, a draft invoice with its lines, are a tenth of this


class UnreadableEventError(InvalidInputError):
    code = "unreadable-event"


@router.post("/webhooks/stripe")
async def receive_stripe_event(request: Request) -> Response:
    """204 once the event is in the inbox, new or not; 400 for what Stripe did not sign."""
    context = context_of(request)
    body = await _body(request)
    await run_in_threadpool(_receive, context, body, request.headers.get("stripe-signature"))
    return Response(status_code=204)


async def _body(request: Request) -> bytes:
    """The bytes as they came: the signature is over them. Too many are not read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_EVENT_BYTES:
            raise HTTPException(413)
    return bytes(body)


def _receive(context: ServerContext, body: bytes, signature: str | None) -> None:
    """Raises BillingNotConfiguredError, BadSignatureError, UnreadableEventError, UnreadableStripeObjectError."""
    secret = context.settings.stripe_webhook_secret
    if context.stripe is None or secret is None:
        raise BillingNotConfiguredError
    now = context.clock.now()
    verify_signature(body, signature, secret.get_secret_value(), now=now)
    try:
        plain = json.loads(body)
    except ValueError:
        raise UnreadableEventError("The body is no JSON.") from None
    receive(context.database, plain, body, now=now)
