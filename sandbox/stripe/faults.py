"""Faults on demand: requests that fail before they begin, or whose answer is lost after all was done."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from sandbox.stripe.call import Call


class Fault(BaseModel):
    """`before`: answered with the status, nothing done. `after`: done, and then the connection breaks off."""

    model_config = ConfigDict(extra="forbid")

    times: PositiveInt = 1
    method: Literal["GET", "POST", "DELETE"] | None = None
    path: str = "/v1/"
    """What the request's path begins with."""
    when: Literal["before", "after"] = "before"
    status: int = Field(default=500, ge=400, le=599)
    saved: bool = False
    """Whether the failure is kept under the idempotency key and repeated, as Stripe does with 500s of its own."""


@dataclass(slots=True)
class _Armed:
    fault: Fault
    left: int


class FaultBook:
    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, fault: Fault) -> None:
        self._armed.append(_Armed(fault, fault.times))

    def next_for(self, call: Call) -> Fault | None:
        """The first fault that fits this request; it is used up by that."""
        for armed in self._armed:
            fault = armed.fault
            if armed.left > 0 and fault.method in (None, call.method) and call.path.startswith(fault.path):
                armed.left -= 1
                return fault
        return None
