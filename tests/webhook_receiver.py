"""A webhook endpoint on loopback that keeps what it is sent, and answers what the test wants."""

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import stripe


@dataclass(frozen=True, slots=True)
class Received:
    body: bytes
    signature: str

    def event(self, secret: str, *, tolerance_seconds: int = 300) -> stripe.Event:
        """The event, if the signature holds. Raises stripe.SignatureVerificationError."""
        event: stripe.Event = stripe.Webhook.construct_event(
            self.body, self.signature, secret, tolerance=tolerance_seconds
        )
        return event


class WebhookReceiver(AbstractContextManager["WebhookReceiver"]):
    """`status` is what it answers from now on."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.status)
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
