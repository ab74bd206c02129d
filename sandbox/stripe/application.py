"""The Stripe sandbox as one ASGI application: the API, Checkout and portal pages, and the controls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from sandbox.stripe.api import api_router
from sandbox.stripe.checkout_page import checkout_page_router
from sandbox.stripe.config import StripeSandboxConfig
from sandbox.stripe.control import control_router
from sandbox.stripe.delivery_control import delivery_control_router
from sandbox.stripe.fault_control import fault_control_router
from sandbox.stripe.invoice_page import invoice_page_router
from sandbox.stripe.portal_page import portal_page_router
from sandbox.stripe.world import World

# How soon a real clock's due things and retried webhooks are noticed without any request.
_LOOK_SECONDS = 1


def create_stripe_sandbox(config: StripeSandboxConfig, *, kept_in: Path | None = None) -> FastAPI:
    """`kept_in`: the file of an earlier run to go on from, and of this one."""
    world = World(config, kept_in)
    app = FastAPI(
        title="Stripe sandbox", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lambda _app: _ticking(world)
    )
    for router in (
        api_router(world),
        checkout_page_router(world),
        portal_page_router(world),
        invoice_page_router(world),
        control_router(world),
        fault_control_router(world),
        delivery_control_router(world),
    ):
        app.include_router(router)
    return app


@asynccontextmanager
async def _ticking(world: World) -> AsyncIterator[None]:
    ticker = asyncio.create_task(_tick(world))
    yield
    ticker.cancel()
    world.courier.stop()
    with suppress(asyncio.CancelledError):
        await ticker


async def _tick(world: World) -> None:
    while True:
        world.catch_up(has_changed=False)
        await asyncio.sleep(_LOOK_SECONDS)
