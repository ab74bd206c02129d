"""/pool: the pool of credits for anybody, as a page and as JSON, with the sums that have to hold."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.api.dependencies import Context, Now
from app.api.pool_bodies import PublicPoolBody
from app.api.public_data import public_data
from app.context import ServerContext
from app.pool.public_pool import PoolReading, PublicPool
from app.verification.page import PAGE_POLICY, page

router = APIRouter(tags=["log"])

MAX_AGE_SECONDS = 60


@router.get("/pool.json", response_model=PublicPoolBody, responses={304: {"description": "The caller has it already."}})
def read_pool(request: Request, context: Context, now: Now) -> Response:
    """Every block of credits: its serial numbers, units retired, grams allotted, to how many receipts, and free.

    Receipts are counted twice, from the ledger and from the public log; `checks` say which sums hold.
    """
    body = PublicPoolBody.of(_pool(request, context, now))
    content = body.model_dump_json(indent=2).encode() + b"\n"
    return public_data(request, content, media_type="application/json", max_age_seconds=MAX_AGE_SECONDS)


@router.get("/pool", include_in_schema=False)
def pool_page(request: Request, context: Context, now: Now) -> Response:
    document = page("pool.html", pool=_pool(request, context, now))
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(document, headers=headers)


def _pool(request: Request, context: ServerContext, now: Now) -> PublicPool:
    reading: PoolReading = request.app.state.pool_reading
    return reading.read(context.database, now=now)
