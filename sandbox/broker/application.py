"""The broker's sandbox as one ASGI application."""

from fastapi import FastAPI

from sandbox.broker.api import OrderDesk, broker_router, control_router
from sandbox.broker.config import BrokerConfig
from sandbox.broker.faults import Faults
from sandbox.broker.orders import Books
from sandbox.clock import SandboxClock


def create_broker_sandbox(config: BrokerConfig) -> FastAPI:
    """The application; its books are empty at the start."""
    clock, faults = SandboxClock(config.now), Faults()
    books = Books({portfolio.id: portfolio for portfolio in config.portfolios})
    app = FastAPI(title="Broker sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(broker_router(OrderDesk(config, clock, books, faults)))
    app.include_router(control_router(clock, books, faults))
    return app
