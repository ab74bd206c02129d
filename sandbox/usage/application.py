"""The usage sandbox as one ASGI application: three providers and the controls."""

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from sandbox.clock import SandboxClock
from sandbox.usage.accounts import open_accounts
from sandbox.usage.anthropic_analytics_api import anthropic_analytics_router
from sandbox.usage.anthropic_costs_api import anthropic_costs_router
from sandbox.usage.anthropic_messages_api import anthropic_messages_router
from sandbox.usage.api_error import ApiError
from sandbox.usage.config import UsageSandboxConfig
from sandbox.usage.control import RequestLog, control_router, request_entries
from sandbox.usage.desk import Desk
from sandbox.usage.fault_book import FaultBook
from sandbox.usage.openai_api import openai_router
from sandbox.usage.openai_costs_api import openai_costs_router
from sandbox.usage.openrouter_activity_api import openrouter_activity_router
from sandbox.usage.openrouter_api import openrouter_router


def create_usage_sandbox(config: UsageSandboxConfig, *, folder: Path) -> FastAPI:
    """The application; `folder` is what relative trace paths start from. Raises ConfigError for an unreadable trace."""
    accounts = open_accounts(config, folder=folder)
    clock, faults, entries = SandboxClock(config.now), FaultBook(), request_entries()
    desk = Desk(accounts, clock, faults)
    app = FastAPI(title="Usage sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(RequestLog, entries=entries)
    app.add_exception_handler(ApiError, _refusal)
    for router in (
        openai_router(desk),
        openai_costs_router(desk),
        anthropic_messages_router(desk),
        anthropic_analytics_router(desk),
        anthropic_costs_router(desk),
        openrouter_router(desk),
        openrouter_activity_router(desk),
        control_router(accounts, clock, faults, entries),
    ):
        app.include_router(router)
    return app


async def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class only
    return JSONResponse(error.body, status_code=error.status, headers=error.headers)
