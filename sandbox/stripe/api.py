"""The door of the API: key, version, parameters, idempotency; then the operation; then its answer."""

import json

from fastapi import APIRouter, Request
from starlette.responses import Response

from sandbox.broken_off import BrokenOffResponse
from sandbox.stripe.account import API_VERSION
from sandbox.stripe.call import Call
from sandbox.stripe.expansion import expanded
from sandbox.stripe.faults import Fault
from sandbox.stripe.form import decoded
from sandbox.stripe.operations import operation_for
from sandbox.stripe.refusal import Object, RefusedError
from sandbox.stripe.store import new_id
from sandbox.stripe.world import World


def api_router(world: World) -> APIRouter:
    router = APIRouter()

    @router.api_route("/v1/{_rest:path}", methods=["GET", "POST", "DELETE"])
    async def api(request: Request) -> Response:
        body = (await request.body()).decode()
        request_id = new_id("req")
        world.account.base_url = str(request.base_url).rstrip("/")
        world.catch_up(has_changed=False)
        response = _answer(world, request, body, request_id)
        response.headers["Request-Id"] = request_id
        response.headers["Stripe-Version"] = API_VERSION
        world.requests.append({"method": request.method, "path": request.url.path, "status": response.status_code})
        world.catch_up(has_changed=request.method != "GET")
        return response

    return router


def _answer(world: World, request: Request, body: str, request_id: str) -> Response:
    call = None
    try:
        _check_key(world, request)
        _check_version(request)
        operation, ids = operation_for(request.method, request.url.path)
        parameters = decoded(request.url.query) | decoded(body)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        call = Call(request.method, request.url.path, parameters, key, ids)
        saved = world.saved.find(call, now=world.account.now())
        if saved is not None:
            return _json(saved.status, saved.body, {"Idempotent-Replayed": "true"} | _echo(call))
        fault = world.faults.next_for(call)
        if fault is not None and fault.when == "before":
            raise _failed(fault)
        world.account.request = {"id": request_id, "idempotency_key": key}
        paths = parameters.get("expand", [])
        answer = json.dumps(expanded(world.account, operation(world.account, call), paths), indent=2).encode()
    except RefusedError as refusal:
        said = json.dumps({"error": refusal.error}, indent=2).encode()
        if call is not None and refusal.saved:
            world.saved.keep(call, status=refusal.status, body=said, now=world.account.now())
        return _json(refusal.status, said, _echo(call))
    finally:
        world.account.request = None
    world.saved.keep(call, status=200, body=answer, now=world.account.now())
    if fault is not None:
        return BrokenOffResponse()
    return _json(200, answer, _echo(call))


def _json(status: int, body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def _echo(call: Call | None) -> dict[str, str]:
    return {"Idempotency-Key": call.idempotency_key} if call is not None and call.idempotency_key else {}


def _check_key(world: World, request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise RefusedError("You did not provide an API key.", status=401, saved=False)
    if key != world.config.api_key:
        raise RefusedError(f"Invalid API Key provided: {key[:8]}***", status=401, saved=False)


def _check_version(request: Request) -> None:
    version = request.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise RefusedError(f"Invalid Stripe API version: {version}. The sandbox speaks {API_VERSION}.", saved=False)


def _failed(fault: Fault) -> RefusedError:
    error: Object = {"kind": "api_error"}
    if fault.status == 429:
        error = {"kind": "invalid_request_error", "code": "rate_limit"}
    return RefusedError("The sandbox was told to fail.", status=fault.status, saved=fault.saved, **error)
