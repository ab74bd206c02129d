"""The controls of webhooks, under /_sandbox: read the deliveries, release what is held, deliver again."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, NonNegativeInt

from sandbox.stripe.courier import Order
from sandbox.stripe.refusal import Object
from sandbox.stripe.world import World


class Redelivery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    event: str | None = None
    """None: every event that some endpoint has not taken."""


def delivery_control_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")

    @router.get("/deliveries")
    async def read_deliveries() -> list[Object]:
        return [delivery.as_json() for delivery in world.courier.deliveries]

    @router.post("/release")
    async def release(order: Order = "created", seed: NonNegativeInt = 0) -> dict[str, int]:
        """Sends what was held, and answers when it has arrived."""
        world.catch_up()
        released = world.courier.release(order, seed=seed)
        await world.courier.settle()
        return {"released": released}

    @router.post("/settle")
    async def settle() -> dict[str, int]:
        """Answers when nothing is on its way."""
        world.catch_up()
        await world.courier.settle()
        return {"deliveries": len(world.courier.deliveries)}

    @router.post("/redeliver")
    async def redeliver(wish: Redelivery) -> dict[str, int]:
        events = world.account.store.all("event")
        wanted = [
            one for one in events if one["id"] == wish.event or (wish.event is None and one["pending_webhooks"] > 0)
        ]
        made = sum(world.courier.deliver_event(event) for event in wanted)
        await world.courier.settle()
        return {"redelivered": made}

    return router
