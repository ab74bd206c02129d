"""The sandbox's own controls for tests and the demo, under /_sandbox: clock, faults, keys, and the log of requests."""

from collections import deque
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clock import SandboxClock
from sandbox.usage.accounts import Accounts
from sandbox.usage.fault_book import FaultBook
from sandbox.usage.fault_rules import Rule

_REMEMBERED = 20_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClockSetting(_Strict):
    now: AwareDatetime | None


class KeySetting(_Strict):
    key: str
    act: Literal["revoke", "restore"]


class RequestLog:
    """ASGI middleware that remembers method, path, query and status of each request to a provider; no header."""

    def __init__(self, app: ASGIApp, entries: deque[dict[str, Any]]) -> None:
        self._app, self._entries = app, entries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        entry = {"method": scope["method"], "path": scope["path"], "query": scope["query_string"].decode()}

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._entries.append(entry | {"status": message["status"]})
            await send(message)

        await self._app(scope, receive, note)


def request_entries() -> deque[dict[str, Any]]:
    return deque(maxlen=_REMEMBERED)


def control_router(
    accounts: Accounts, clock: SandboxClock, faults: FaultBook, entries: deque[dict[str, Any]]
) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")

    @router.get("/clock")
    async def read_clock() -> dict[str, str]:
        return {"now": clock.now().isoformat()}

    @router.post("/clock")
    async def set_clock(setting: ClockSetting) -> dict[str, str]:
        clock.set(setting.now)
        return {"now": clock.now().isoformat()}

    @router.get("/faults")
    async def read_faults() -> list[dict[str, Any]]:
        return [rule.model_dump(mode="json") for rule in faults.rules()]

    @router.post("/faults")
    async def add_faults(rules: list[Rule]) -> dict[str, int]:
        faults.add(rules)
        return {"rules": len(faults.rules())}

    @router.delete("/faults")
    async def clear_faults() -> dict[str, int]:
        faults.clear()
        return {"rules": 0}

    @router.post("/keys")
    async def set_key(setting: KeySetting) -> dict[str, str]:
        known = accounts.revoke(setting.key) if setting.act == "revoke" else accounts.restore(setting.key)
        if not known:
            raise HTTPException(404, "no account has this key")
        return {"act": setting.act}

    @router.get("/requests")
    async def read_requests() -> list[dict[str, Any]]:
        return list(entries)

    @router.delete("/requests")
    async def forget_requests() -> dict[str, int]:
        entries.clear()
        return {"requests": 0}

    return router
