"""The edge of the API: what happens to every request before a router sees it and after it answered.

A request id, a body that says it is too long is refused unread, security headers, and the one place where an unexpected
error becomes a 500. Such an error is logged by its class and the lines it passed, without its message: messages of
drivers and parsers repeat what was sent.
"""

import logging
import traceback
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem_types import PROBLEM_TYPES
from app.api.problems import problem_response
from core.ids import random_token

MAX_BODY_BYTES = 1024 * 1024
LARGER_BODIES = {"/verify": 8 * 1024 * 1024}
"""Where more is taken: a printed receipt with its fonts and what is embedded in it."""

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}

_log = logging.getLogger("carbonledger.api")


class Edge:
    """ASGI middleware; the outermost of the API. A header that the answer already has is left as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = f"req_{random_token()[:22]}"
        scope["carbonledger.request_id"] = identifier
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = identifier
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        most = LARGER_BODIES.get(scope["path"], MAX_BODY_BYTES)
        if _announced_length(Headers(scope=scope)) > most:
            refusal = problem_response(Request(scope), "body-too-large", PROBLEM_TYPES["body-too-large"].meaning)
            await refusal(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, _limited(receive, most), send_with_headers)
        except Exception as error:  # noqa: BLE001 - the edge of the process: what nobody expected becomes a 500 here
            _log.error(
                "unexpected %s in %s %s, request %s\n%s",
                type(error).__qualname__,
                scope["method"],
                _route_of(scope),
                identifier,
                "".join(_lines_passed(error)),
            )
            if not started:
                failure = problem_response(
                    Request(scope),
                    "internal-error",
                    "Something failed on our side. Try again, or quote the request id.",
                )
                await failure(scope, receive, send_with_headers)


def _announced_length(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _limited(receive: Receive, most: int) -> Receive:
    """A body that does not announce its length is refused as soon as it is too long."""
    seen = 0

    async def receive_counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413)
        return message

    return receive_counted


def _route_of(scope: Scope) -> str:
    """The route's pattern, not the path: a path may hold a token."""
    return str(getattr(scope.get("route"), "path", "(no route)"))


def _lines_passed(error: BaseException) -> Iterable[str]:
    return traceback.format_tb(error.__traceback__)
