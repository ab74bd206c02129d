"""The broker's API under /v1, its public certificates, and the controls of tests under /_sandbox."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from sandbox.broken_off import BrokenOffResponse
from sandbox.broker.config import BrokerConfig
from sandbox.broker.faults import Fault, Faults
from sandbox.broker.orders import Books, Order, as_json
from sandbox.clock import SandboxClock

LONGEST_KEY = LONGEST_TEXT = 512


class ClockSetting(BaseModel):
    model_config = ConfigDict(extra="forbid")

    now: AwareDatetime | None


def problem(status: int, slug: str, detail: str) -> JSONResponse:
    body = {"type": f"https://api.cnaught.com/v1/errors/{slug}", "title": slug, "status": status, "detail": detail}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


class OrderDesk:
    """One request at a time, as uvicorn's one event loop brings them."""

    def __init__(self, config: BrokerConfig, clock: SandboxClock, books: Books, faults: Faults) -> None:
        self._config, self._clock, self._books, self._faults = config, clock, books, faults

    def answer(self, request: Request, act: Callable[[], Response]) -> Response:
        """What `act` answers, unless the caller is unknown or a fault is in force."""
        if request.headers.get("authorization") != f"Bearer {self._config.api_key}":
            return problem(401, "unauthorized", "The API key is not valid.")
        if fault := self._faults.take("server_error", method=request.method):
            return Response(status_code=fault.status)
        broken = self._faults.take("broken_answer", method=request.method)
        answer = act()
        return BrokenOffResponse() if broken else answer

    def place(self, body: dict[str, Any], key: str | None, base_url: str) -> Response:
        if key is not None and len(key) > LONGEST_KEY:
            return problem(400, "idempotency-key-too-long", "Idempotency keys have at most 512 characters.")
        if wrong := _what_is_wrong(body, self._books):
            return problem(400, "invalid-parameters", wrong)
        known = None if key is None or self._faults.take("forgets_keys") else self._books.answers.get(key)
        if known is not None and known[0] != body:
            return problem(422, "idempotency-changed-payload", "The key came with another body before.")
        order = known[1] if known else self._books.place(body, now=self._clock.now(), faults=self._faults)
        if key is not None:
            self._books.answers[key] = (body, order)
        headers = {"X-Idempotent-Replay": "true"} if known else {}
        return JSONResponse(as_json(order, base_url=base_url, with_projects=True), status_code=201, headers=headers)

    def read(self, order_id: str, base_url: str) -> Response:
        order = self.find(order_id)
        if order is None:
            return problem(404, "not-found", "There is no such order.")
        self._books.read(order)
        return JSONResponse(as_json(order, base_url=base_url, with_projects=True))

    def page(self, limit: int, starting_after: str | None, base_url: str) -> Response:
        found = list(self._books.newest_first(after=starting_after))[:limit]
        return JSONResponse({"data": [as_json(order, base_url=base_url, with_projects=False) for order in found]})

    def find(self, order_id: str) -> Order | None:
        return next((order for order in self._books.orders if order.id == order_id), None)


def _what_is_wrong(body: dict[str, Any], books: Books) -> str | None:
    if type(body.get("amount_kg")) is not int or body["amount_kg"] <= 0:
        return "amount_kg must be a positive integer"
    if body.get("portfolio_id") not in books.portfolios:
        return "portfolio_id names no portfolio"
    too_long = [name for name in ("metadata", "description") if len(body.get(name) or "") > LONGEST_TEXT]
    return f"{too_long[0]} has more than 512 characters" if too_long else None


def broker_router(desk: OrderDesk) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/orders")
    async def place(
        request: Request, body: dict[str, Any], idempotency_key: Annotated[str | None, Header()] = None
    ) -> Response:
        return desk.answer(request, lambda: desk.place(body, idempotency_key, _base(request)))

    @router.get("/v1/orders")
    async def read_orders(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        starting_after: str | None = None,
    ) -> Response:
        return desk.answer(request, lambda: desk.page(limit, starting_after, _base(request)))

    @router.get("/v1/orders/{order_id}")
    async def read_order(request: Request, order_id: str) -> Response:
        return desk.answer(request, lambda: desk.read(order_id, _base(request)))

    @router.get("/registry/certificates/{order_id}/pdf")
    async def certificate(order_id: str) -> Response:
        order = desk.find(order_id)
        if order is None or order.state == "cancelled":
            return Response(status_code=404)
        return Response(f"%PDF-1.7\n% certificate of {order_id}\n".encode(), media_type="application/pdf")

    return router


def control_router(clock: SandboxClock, books: Books, faults: Faults) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")

    @router.post("/clock")
    async def set_clock(setting: ClockSetting) -> dict[str, str]:
        clock.set(setting.now)
        return {"now": clock.now().isoformat()}

    @router.post("/faults")
    async def add_faults(rules: list[Fault]) -> dict[str, int]:
        faults.add(rules)
        return {"added": len(rules)}

    @router.delete("/faults")
    async def clear_faults() -> dict[str, int]:
        faults.clear()
        return {"added": 0}

    @router.get("/orders")
    async def read_books() -> list[dict[str, Any]]:
        return [
            {"id": order.id, "metadata": order.metadata, "amount_kg": order.amount_kg, "state": order.state}
            for order in books.orders
        ]

    @router.delete("/orders")
    async def empty_books() -> dict[str, int]:
        books.empty()
        return {"orders": 0}

    return router


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
