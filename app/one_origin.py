"""Which half of the server answers a path, and the headers of the dashboard's answers.

The dashboard owns its pages and what Streamlit's front end loads; everything else is the API's, which answers unknown
paths with a problem. What else Streamlit would serve (uploads, metrics, its agent API, components) is out of reach.
"""

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from app.accounts.origin import may_open_socket
from app.accounts.principal import SESSION_COOKIE, authenticate
from app.context import ServerContext
from app.dashboard.page_list import PAGE_PATHS
from core.errors import CarbonLedgerError

LOGIN_PATH = "/auth/login"
STREAMLIT_PATHS = frozenset({"/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/favicon.png"})
STREAMLIT_FOLDERS = ("/static/", "/media/")

# Vega compiles a chart's expressions with Function(), and Streamlit writes its styles into the page.
_HEADERS = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class OneOrigin:
    """Sends each connection to the API or the dashboard; a signed-out visitor of a page goes to the log-in."""

    def __init__(self, context: ServerContext, *, api: ASGIApp, dashboard: ASGIApp) -> None:
        self._context = context
        self._api = api
        self._dashboard = dashboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["type"] == "websocket" and not self._is_from_our_page(HTTPConnection(scope)):
            await WebSocketClose()(scope, receive, send)
        elif path in STREAMLIT_PATHS or path.startswith(STREAMLIT_FOLDERS):
            await self._dashboard(scope, receive, with_headers(send))
        elif path in PAGE_PATHS and scope["type"] == "http":
            if await run_in_threadpool(self._is_signed_in, HTTPConnection(scope)):
                await self._dashboard(scope, receive, with_headers(send))
            else:
                query = scope["query_string"].decode("ascii", "replace")
                wanted = f"{path}?{query}" if query else path
                await RedirectResponse(f"{LOGIN_PATH}?next={quote(wanted)}", status_code=303)(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    def _is_from_our_page(self, request: HTTPConnection) -> bool:
        """Asked before Streamlit is: it takes every port of localhost for ours, and to know its own addresses it asks a
        server on the internet, while everybody waits."""
        return may_open_socket(
            origin=request.headers.get("origin"),
            host=request.headers.get("host"),
            public_url=self._context.settings.public_url,
        )

    def _is_signed_in(self, request: HTTPConnection) -> bool:
        try:
            authenticate(
                self._context.database,
                authorization=None,
                cookie=request.cookies.get(SESSION_COOKIE),
                now=self._context.clock.now(),
            )
        except CarbonLedgerError:
            return False
        return True


def with_headers(send: Send) -> Send:
    """Adds to the dashboard's answers the headers that keep everything at home; the API sets its own."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
