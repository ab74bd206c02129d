"""The `Stripe-Signature` header: HMAC-SHA256 of "timestamp.body" with the endpoint's secret."""

import hmac
from hashlib import sha256


def signature_header(body: bytes, *, secret: str, timestamp: int) -> str:
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    return f"t={timestamp},v1={signed}"
