"""The session's cookie. Its value is the token; scripts cannot read it, other sites cannot send writes with it."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from app.accounts.principal import SESSION_COOKIE, SESSION_LONGEST
from app.accounts.sessions import Session, log_out
from app.context import ServerContext
from core.settings import Settings


def replace_session(session: Session, request: Request, response: Response, context: ServerContext) -> None:
    """Set the cookie of a new session, and end the one that the request brought along.

    The cookie lasts as long as a session can; that an idle session ends sooner, the server sees to.
    """
    log_out(context.database, cookie=request.cookies.get(SESSION_COOKIE), now=context.clock.now())
    response.set_cookie(
        SESSION_COOKIE,
        session.token,
        max_age=int(SESSION_LONGEST.total_seconds()),
        path="/",
        secure=_is_secure(context.settings),
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    response.delete_cookie(SESSION_COOKIE, path="/", secure=_is_secure(settings), httponly=True, samesite="lax")


def _is_secure(settings: Settings) -> bool:
    return urlsplit(settings.public_url).scheme == "https"
