"""The server: one ASGI process, one origin. The API and the dashboard share a port, a cookie and these arguments.

Settings -> ServerContext -> ASGI application -> uvicorn, with the embedded worker as a child process beside it.
"""

import asyncio
import contextlib
import gc
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable
from typing import Literal

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount
from starlette.types import ASGIApp

from app.api.application import create_api
from app.context import ServerContext
from app.one_origin import OneOrigin
from app.server_context import server_context
from app.terminate import exit_on_terminate
from app.worker_process import WorkerProcess
from core.migrations.migrate import migrate
from core.settings import Settings

logger = logging.getLogger(__name__)

GRACE_SECONDS = 5
"""How long open requests may take after a stop; the dashboard's websockets never end by themselves."""


def create_server(context: ServerContext, *, surface: Literal["api", "api and dashboard"]) -> ASGIApp:
    """The ASGI application. Streamlit is imported only if the dashboard is asked for."""
    api = create_api(context)
    if surface == "api":
        return api

    from app.dashboard.streamlit_app import create_dashboard, warm_up  # noqa: PLC0415 - the sidecar has no Streamlit

    dashboard = create_dashboard(context)
    dashboard_lifespan = dashboard.lifespan()

    @contextlib.asynccontextmanager
    async def lifespan(server: Starlette) -> AsyncIterator[None]:
        async with api.router.lifespan_context(api), dashboard_lifespan(server):
            warming = asyncio.create_task(run_in_threadpool(_warm, warm_up))  # a page that comes sooner waits for it
            yield
            await warming

    origin = OneOrigin(context, api=api, dashboard=dashboard)
    return Starlette(routes=[Mount("/", app=origin)], lifespan=lifespan)


def _warm(warm_up: Callable[[], None]) -> None:
    warm_up()
    _settle()


def _settle() -> None:
    """What start-up made lasts as long as the process: no full collection (milliseconds each) looks at it again."""
    gc.collect()
    gc.freeze()


def serve(
    settings: Settings, *, listening: socket.socket, surface: Literal["api", "api and dashboard"], with_worker: bool
) -> None:
    """Migrate, then serve on the socket until SIGINT or SIGTERM; the worker ends before this returns."""
    try:
        with exit_on_terminate(), contextlib.ExitStack() as running:
            context = server_context(settings)
            running.callback(context.database.close)
            migrate(context.database.urls)
            if with_worker:
                running.enter_context(WorkerProcess(settings))
            application = create_server(context, surface=surface)
            _settle()
            _run(application, listening)
    except KeyboardInterrupt:
        logger.info("stopped")


def _run(application: ASGIApp, listening: socket.socket) -> None:
    """Serve until a signal, which uvicorn raises again once it has stopped gracefully."""
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=2**24,
    )
    host, port = listening.getsockname()[:2]
    sys.stdout.write(f"CarbonLedger listens on http://{host}:{port}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listening])
