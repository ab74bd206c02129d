"""The controls of what goes wrong, under /_sandbox: failing requests and disputes, and the log of requests."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, PositiveInt
from starlette.responses import JSONResponse

from sandbox.stripe.disputes import close_dispute, open_dispute
from sandbox.stripe.faults import Fault
from sandbox.stripe.invoices import intent_of
from sandbox.stripe.refusal import Object, RefusedError
from sandbox.stripe.world import World


class Disputed(BaseModel):
    """Opens a dispute of a charge, or of the charge that paid an invoice; or closes one."""

    model_config = ConfigDict(extra="forbid")

    charge: str | None = None
    invoice: str | None = None
    amount: PositiveInt | None = None
    reason: str = "fraudulent"
    dispute: str | None = None
    status: Literal["won", "lost"] = "lost"


def fault_control_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")

    @router.post("/fail_next")
    async def fail_next(fault: Fault) -> dict[str, int]:
        world.faults.arm(fault)
        return {"times": fault.times}

    @router.post("/dispute")
    async def dispute(wish: Disputed) -> JSONResponse:
        try:
            answer = _dispute(world, wish)
        except RefusedError as refusal:
            return JSONResponse({"error": refusal.error}, status_code=refusal.status)
        world.catch_up()
        return JSONResponse(answer)

    @router.get("/requests")
    async def read_requests() -> list[Object]:
        return list(world.requests)

    @router.delete("/requests")
    async def forget_requests() -> dict[str, int]:
        world.requests.clear()
        return {"requests": 0}

    return router


def _dispute(world: World, wish: Disputed) -> Object:
    store = world.account.store
    if wish.dispute is not None:
        return close_dispute(world.account, store.get("dispute", wish.dispute), status=wish.status)
    charge_id = wish.charge or ""
    if wish.invoice is not None:
        charge_id = intent_of(world.account, store.get("invoice", wish.invoice))["latest_charge"]
    charge = store.get("charge", charge_id)
    return open_dispute(world.account, charge, amount=wish.amount or charge["amount"], reason=wish.reason)
