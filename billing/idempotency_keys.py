"""Keys for creates at Stripe: the same for the same facts, so that a repeat after a crash creates nothing new."""

import hashlib

LONGEST_KEY = 255  # docs.stripe.com/api/idempotent_requests


def idempotency_key(act: str, *facts: str) -> str:
    """Readable where the facts are short, else their hash; at most LONGEST_KEY characters."""
    text = ":".join(("carbonledger", act, *facts))
    return text if len(text) <= LONGEST_KEY else f"carbonledger:{act}:{hashlib.sha256(text.encode()).hexdigest()}"
