"""Where messages arrive in tests: a real SMTP server and a real webhook, both on free ports of loopback."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """Keeps what arrives; answers RCPT with `refusal` while it is set."""

    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refusal: str | None = None
    url: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal is not None:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        assert isinstance(envelope.content, bytes)
        self.received.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


@contextmanager
def a_mailbox() -> Iterator[Mailbox]:
    """An SMTP server on a free port. (aiosmtpd's own Controller wants to know the port beforehand.)"""
    mailbox = Mailbox()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(mailbox, hostname="127.0.0.1", loop=loop), "127.0.0.1", 0)
    )
    mailbox.url = f"mailto://127.0.0.1:{server.sockets[0].getsockname()[1]}?from=ledger@example.org"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass
class AlertReceiver:
    """A webhook; answers `status`, or, while `drips`, one byte of an answer after the other without an end."""

    url: str = ""
    received: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    drips: bool = False


@contextmanager
def an_alert_receiver() -> Iterator[AlertReceiver]:
    kept = AlertReceiver()
    stopping = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            kept.headers.append(dict(self.headers))
            self.send_response(kept.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            while kept.drips and not stopping.wait(0.05):
                try:
                    self.wfile.write(b".")
                except OSError:
                    return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        kept.url = f"json://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield kept
        finally:
            stopping.set()
            server.shutdown()
            thread.join()
