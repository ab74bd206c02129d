"""What routes are handed: the server's context, who asks, and whether they may.

@router.get(...)
def list_connections(context: Context, principal: Annotated[Principal, allowed("connections:read")]): ...
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from app.accounts import origin
from app.accounts.permissions import Act, require
from app.accounts.principal import SESSION_COOKIE, Principal, authenticate
from app.context import ServerContext
from core.settings import Settings


def context_of(request: Request) -> ServerContext:
    context: ServerContext = request.app.state.context
    return context


async def _context(request: Request) -> ServerContext:
    """As the other dependencies that wait for nothing, async: the others each cost a change of thread."""
    return context_of(request)


Context = Annotated[ServerContext, Depends(_context)]


def principal_of(request: Request) -> Principal:
    """Who asks, by `Authorization: Bearer` or else by cookie. Looked up once a request.

    Raises NotAuthenticatedError, and ForeignOriginError for a write by cookie from elsewhere.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        return known
    context = context_of(request)
    authorization = request.headers.get("authorization")
    if authorization is None:
        check_origin(request, context.settings)
    principal = authenticate(
        context.database,
        authorization=authorization,
        cookie=request.cookies.get(SESSION_COOKIE),
        now=context.clock.now(),
    )
    request.state.principal = principal
    return principal


def check_origin(request: Request, settings: Settings) -> None:
    """Raises ForeignOriginError for a write that a page from elsewhere made the browser send. Reads pass."""
    origin.check_origin(
        request.method,
        origin=request.headers.get("origin"),
        fetch_site=request.headers.get("sec-fetch-site"),
        public_url=settings.public_url,
    )


def allowed(act: Act) -> Any:
    """A dependency that answers the principal if it may do `act`; raises ForbiddenError otherwise."""

    async def permitted(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
        require(principal, act)
        return principal

    return Depends(permitted)


async def _now(context: Context) -> datetime:
    return context.clock.now()


Now = Annotated[datetime, Depends(_now)]
