"""An answer that breaks off: what was done is done, and the client does not learn of it."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class BrokenOffResponse(Response):
    """Begins an answer and hangs up: uvicorn closes the connection when a body does not end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b'{"data":[', "more_body": True})
