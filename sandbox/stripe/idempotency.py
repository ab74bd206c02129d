"""Idempotency keys: the first answer is kept for a day and given again (docs.stripe.com/api/idempotent_requests)."""

import hmac
import json
import secrets
from dataclasses import dataclass
from hashlib import sha256

from sandbox.stripe.call import Call
from sandbox.stripe.refusal import RefusedError

_KEPT_SECONDS = 86_400
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Saved:
    fingerprint: str
    status: int
    body: bytes
    at: int


class SavedAnswers:
    def __init__(self) -> None:
        self._answers: dict[str, Saved] = {}
        self._pepper = secrets.token_bytes(16)  # parameters may hold a card's number: no plain hash of them is kept

    def find(self, call: Call, *, now: int) -> Saved | None:
        """The answer that this key was given. Raises RefusedError if that was to another request.

        After a day the key is forgotten, and the request is a new one.
        """
        if call.idempotency_key is None:
            return None
        if len(call.idempotency_key) > _LONGEST_KEY:
            raise RefusedError(f"Idempotency keys can be at most {_LONGEST_KEY} characters long.", saved=False)
        saved = self._answers.get(call.idempotency_key)
        if saved is None or now - saved.at > _KEPT_SECONDS:
            return None
        if saved.fingerprint != self._fingerprint(call):
            raise RefusedError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{call.idempotency_key}' if you meant to execute a different request.",
                kind="idempotency_error",
                saved=False,
            )
        return saved

    def keep(self, call: Call, *, status: int, body: bytes, now: int) -> None:
        if call.idempotency_key is not None:
            self._answers[call.idempotency_key] = Saved(self._fingerprint(call), status, body, now)

    def _fingerprint(self, call: Call) -> str:
        said = json.dumps([call.method, call.path, call.parameters], sort_keys=True)
        return hmac.new(self._pepper, said.encode(), sha256).hexdigest()
