"""The manual back end: operators are told what to retire, do it in the registry, and bring the evidence.

`carbonledger-server credits evidence RETIREMENT FILE …` settles the retirement (operator_evidence.py), so to this back
end an order is under way for ever.
"""

from collections.abc import Sequence

from billing.credits.backend import BackendOrder, EvidenceFile, RetirementRequest
from billing.credits.retirements import BackendName


class ManualBackend:
    """Operators were told by the outbox when the row was written; there is nobody else to ask."""

    name: BackendName = "manual"

    async def find(self, request: RetirementRequest) -> BackendOrder | None:
        return BackendOrder(request.reference, "ordered")

    async def place(self, request: RetirementRequest) -> BackendOrder:
        return BackendOrder(request.reference, "ordered")

    async def poll(self, order_id: str) -> BackendOrder:
        return BackendOrder(order_id, "ordered")

    async def fetch_evidence(self, order: BackendOrder) -> Sequence[EvidenceFile]:  # noqa: ARG002 - the protocol's
        return ()
