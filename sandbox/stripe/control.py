"""The controls that the real Stripe lacks, under /_sandbox: clock, rules, reset."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from sandbox.stripe.config import Rules
from sandbox.stripe.due import play
from sandbox.stripe.world import World


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClockSetting(_Strict):
    now: AwareDatetime | None


def control_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")

    @router.get("/clock")
    async def read_clock() -> dict[str, str]:
        return {"now": world.account.clock.now().isoformat()}

    @router.post("/clock")
    async def set_clock(setting: ClockSetting) -> dict[str, str]:
        if setting.now is not None:
            play(world.account, None, until=int(setting.now.timestamp()))
        world.account.clock.set(setting.now)
        world.catch_up()
        return {"now": world.account.clock.now().isoformat()}

    @router.get("/config")
    async def read_rules() -> Rules:
        return world.account.rules

    @router.post("/config")
    async def change_rules(changes: dict[str, Any]) -> Rules:
        try:
            world.account.rules = Rules.model_validate(world.account.rules.model_dump() | changes)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise HTTPException(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        return world.account.rules

    @router.post("/reset")
    async def reset(request: Request) -> dict[str, str]:
        world.reset()
        return {"now": world.account.clock.now().isoformat(), "url": str(request.base_url)}

    return router
