"""A server that gives fixed answers at the public addresses of an issuer, on a free port of this machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.receipts.samples import LEAF_INDEX, LOG_ORIGIN, RECEIPT_ID, Sample

Answers = dict[str, tuple[int, bytes]]


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """Path with query -> (status, body); 404 for any other. The server's URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Nothing is written to the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answers_of(sample: Sample, **status: Any) -> Answers:
    """What an issuer says of this receipt: to anybody, and to who has its id."""
    subject = sample.document["credentialSubject"]
    record = {
        "serial": subject["serial"],
        "status": {"state": "valid", "supersededBy": None, **status},
        "sha256": sample.sha256,
        "signature": {"verificationMethod": sample.document["proof"]["verificationMethod"]},
        "log": {"origin": LOG_ORIGIN, "index": LEAF_INDEX, "treeSize": 5, "proof": sample.proof.decode()},
        "receipt": None,
    }
    path = f"/verify/{subject['serial']}"
    return {
        "/.well-known/key-history.json": (200, sample.key_history),
        path: (200, json.dumps(record).encode()),
        f"{path}?id={RECEIPT_ID}": (200, json.dumps({**record, "receipt": sample.document}).encode()),
    }
