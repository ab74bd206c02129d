"""What retires units at a registry for us, and in which words it is asked and answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from billing.credits.retirements import BackendName


@dataclass(frozen=True, slots=True)
class RetirementRequest:
    """Whole units to be retired, under our name for it."""

    reference: str
    serial_number_block: str
    registry: str
    units: range
    grams: int
    broker_portfolio_id: str | None
    on_behalf_of_text: str
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class ShownUnits:
    """A range of serial numbers that the registry shows as retired, as text; where it can be seen."""

    serial_number_range: str
    public_url: str | None


@dataclass(frozen=True, slots=True)
class BackendOrder:
    """An order as the back end has it. `retired` only once it says so and names the units."""

    order_id: str
    state: Literal["ordered", "retired", "failed"]
    shown: Sequence[ShownUnits] = ()
    registry_retirement_id: str | None = None
    beneficiary: str | None = None
    certificate_url: str | None = None
    document: bytes = field(default=b"", repr=False)
    """The answer itself, byte for byte."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    file_name: str
    content: bytes = field(repr=False)


class RetirementBackend(Protocol):
    """Each call is one look or one act outside. Raises BrokerUnavailableError where the same call may succeed later,
    BrokerRefusedError and UnreadableOrderError where it will not. Retries nothing: `retire_due` decides."""

    name: BackendName

    async def find(self, request: RetirementRequest) -> BackendOrder | None:
        """The order that carries the request's reference; asked before every `place`, so that a repeat finds itself."""
        ...

    async def place(self, request: RetirementRequest) -> BackendOrder:
        """Order it, with the reference as idempotency key."""
        ...

    async def poll(self, order_id: str) -> BackendOrder:
        """The order as it is now."""
        ...

    async def fetch_evidence(self, order: BackendOrder) -> Sequence[EvidenceFile]:
        """What shows a retired order, the file for auditors first."""
        ...
