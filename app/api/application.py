"""The API as one ASGI application: alone (the sidecar) or behind the one-origin server."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from app.api import (
    api_keys,
    audit_log,
    auth,
    auth_pages,
    billing,
    billing_periods,
    budgets,
    connections,
    corrections,
    exports,
    health,
    log,
    mapping,
    me,
    members,
    methodology,
    notices,
    notification_targets,
    organization,
    pool,
    problem_pages,
    projects,
    receipt_files,
    receipts,
    reference_page,
    revisions,
    telemetry,
    verify,
    verify_pages,
    webhooks,
    well_known,
)
from app.api.dbt_docs import DbtDocs
from app.api.downloads import DownloadSlots
from app.api.edge import Edge
from app.api.kept_answers import KeptAnswers
from app.api.openapi import describe, operation_id
from app.api.problems import install_problems
from app.context import ServerContext
from app.pool.public_pool import PoolReading
from app.verification.slots import VerificationSlots

METHODOLOGY_DOCS = Path(__file__).parents[2] / "target" / "methodology"
"""Where `make docs` leaves the static dbt docs; served under /methodology/dbt if it is there when the server starts."""

ROUTERS: tuple[APIRouter, ...] = (
    auth_pages.router,  # before auth: forms to the same addresses
    auth.router,
    me.router,
    notices.router,
    audit_log.router,
    api_keys.router,
    members.router,
    organization.router,
    notification_targets.router,
    connections.router,
    projects.router,
    mapping.router,
    corrections.router,
    telemetry.router,
    methodology.router,
    revisions.router,
    billing.router,
    billing.portal_router,
    billing_periods.router,
    budgets.router,
    receipt_files.router,  # before receipts: a serial may not swallow the ending of a file
    receipts.router,
    verify_pages.router,
    verify.router,
    webhooks.router,
    well_known.router,
    log.router,
    pool.router,
    exports.router,
    health.router,
    reference_page.router,
    problem_pages.router,
)


def create_api(context: ServerContext, *, methodology_docs: Path = METHODOLOGY_DOCS) -> FastAPI:
    """Routes under /v1, /auth, /health, /problems, /openapi.json, /docs and, once built, /methodology/dbt."""
    api = _described()
    api.state.context = context
    api.state.download_slots = DownloadSlots()
    api.state.verification_slots = VerificationSlots()
    api.state.kept_answers = KeptAnswers()
    api.state.pool_reading = PoolReading()
    api.add_middleware(Edge)
    install_problems(api)
    if methodology_docs.is_dir():
        api.mount("/methodology/dbt", DbtDocs(directory=methodology_docs, html=True))
    return api


def document_of_checkout() -> dict[str, Any]:
    """The OpenAPI document; it depends on the code alone, not on settings or data."""
    return _described().openapi()


def _described() -> FastAPI:
    api = FastAPI(
        title="CarbonLedger",
        summary="What AI usage emits: connections, telemetry, emissions.",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        # FastAPI's own tracing would hand validation errors, with what was sent, to any OpenTelemetry set-up around us.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    for router in ROUTERS:
        api.include_router(router)
    describe(api)
    return api
