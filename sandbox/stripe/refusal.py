"""Stripe's error bodies (docs.stripe.com/api/errors): what is raised anywhere becomes the answer to the request."""

from typing import Any

Object = dict[str, Any]
"""A Stripe object as it goes over the wire. Times are Unix seconds, money is cents."""


class RefusedError(Exception):
    """An answer other than 200. `saved`: kept under the idempotency key, for execution had begun."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        saved: bool = True,
        **facts: object,
    ) -> None:
        self.status, self.saved = status, saved
        self.error: Object = {"type": kind, "message": message, **facts}
        super().__init__(message)


def missing(kind: str, object_id: str, *, param: str = "id") -> RefusedError:
    name = kind.rpartition(".")[2].replace("_", " ")
    status = 404 if param == "id" else 400
    return RefusedError(f"No such {name}: '{object_id}'", status=status, code="resource_missing", param=param)


def wrong(param: str, message: str) -> RefusedError:
    return RefusedError(message, param=param, code="parameter_invalid")


def forbidden_state(message: str, code: str) -> RefusedError:
    """The object is not in a state in which this can be done."""
    return RefusedError(message, code=code)


def declined(message: str, *, code: str, **facts: object) -> RefusedError:
    refusal = RefusedError(message, status=402, kind="card_error", code=code)
    refusal.error |= facts
    return refusal
