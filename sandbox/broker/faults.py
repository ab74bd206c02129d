"""What can be made to go wrong at the broker: rules that tests post, each for the next `times` requests it fits.

server_error         the request is refused with `status`, nothing is done
broken_answer        what was asked for is done, and the answer breaks off
forgets_keys         Idempotency-Key means nothing, each POST is a new order
delayed_retirement   an order stays placed until it was read `reads` times
without_serials      an order is fulfilled at once, its retirements get their numbers after `reads` reads
cancels              an order is cancelled by the broker
other_units          an order is fulfilled with the units behind those that are next
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

Kind = Literal[
    "server_error", "broken_answer", "forgets_keys", "delayed_retirement", "without_serials", "cancels", "other_units"
]


class Fault(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    method: Literal["GET", "POST"] = "POST"
    """Of server_error and broken_answer; the others are about orders as they are placed."""
    times: PositiveInt = 1
    status: int = 503
    reads: NonNegativeInt = 1


class Faults:
    def __init__(self) -> None:
        self._left: list[tuple[Fault, list[int]]] = []

    def add(self, faults: list[Fault]) -> None:
        self._left += [(fault, [fault.times]) for fault in faults]

    def clear(self) -> None:
        self._left.clear()

    def take(self, kind: Kind, *, method: str = "POST") -> Fault | None:
        """The first fault of this kind that is left for such a request; uses it up once."""
        for fault, left in self._left:
            if fault.kind == kind and fault.method == method and left[0] > 0:
                left[0] -= 1
                return fault
        return None
