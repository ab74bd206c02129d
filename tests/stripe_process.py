"""The Stripe sandbox as a process, for tests that need a Stripe account.

`start_stripe_sandbox()` starts `python -m sandbox stripe` on a free loopback port and waits until it answers; use it as
a context manager, or call `stop()`. The process ends with the test run in any case: it watches its parent.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx
import stripe

REPOSITORY = Path(__file__).parent.parent

API_KEY = "sk_test_carbonledger_sandbox"

GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"
FAILING_CARD = "4000 0000 0000 0341"
"""Can be saved, and fails when it is charged."""


class StripeSandbox(AbstractContextManager["StripeSandbox"]):
    """A running Stripe sandbox: where it listens, a client of its API, its pages and its controls."""

    def __init__(self, process: subprocess.Popen[str], url: str, *, webhook_secret: str) -> None:
        self.process, self.url, self.webhook_secret = process, url, webhook_secret
        self.port = int(url.rpartition(":")[2])
        self.client = stripe_client(url)
        self.http = httpx.Client(timeout=60, base_url=url)

    def now(self) -> datetime:
        """The server's clock."""
        return datetime.fromisoformat(self.http.get("/_sandbox/clock").raise_for_status().json()["now"])

    def set_clock(self, now: datetime | None) -> None:
        """Stand at this instant, having played what falls due until then; None: follow the real clock."""
        self._post("/clock", {"now": now.isoformat() if now else None})

    def create_clock(self, now: datetime) -> str:
        """The id of a new test clock."""
        return self.client.v1.test_helpers.test_clocks.create({"frozen_time": int(now.timestamp())}).id

    def advance(self, clock: str | None, to: datetime) -> None:
        """Advances a test clock, or with None the server's, and plays what falls due; webhooks may be under way yet."""
        if clock is None:
            self.set_clock(to)
        else:
            self.client.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": int(to.timestamp())})

    def configure(self, **rules: Any) -> None:
        """Changes rules (see `Rules` in sandbox/stripe/config.py): hold, duplicate, retry_days, after_retries, …"""
        self._post("/config", rules)

    def add_endpoint(self, url: str, events: Iterable[str] = ("*",)) -> str:
        """A webhook endpoint; its secret comes back."""
        endpoint = self.client.v1.webhook_endpoints.create({"url": url, "enabled_events": [*events]})  # type: ignore[list-item]  # any event
        assert endpoint.secret is not None
        return endpoint.secret

    def release(self, order: Literal["created", "reverse", "shuffle"] = "created", *, seed: int = 0) -> int:
        """Sends the webhooks that were held, and returns when they have arrived. How many those were."""
        answer = self.http.post("/_sandbox/release", params={"order": order, "seed": seed}).raise_for_status()
        return int(answer.json()["released"])

    def settle(self) -> None:
        """Returns when no webhook is under way; held ones and later retries do not count."""
        self._post("/settle", None)

    def redeliver(self, event_id: str | None = None) -> int:
        """Delivers an event again; None: all that some endpoint has not taken."""
        return int(self._post("/redeliver", {"event": event_id})["redelivered"])

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/_sandbox/deliveries").raise_for_status().json()
        return found

    def fail_next(self, **fault: Any) -> None:
        """The next requests fail (see sandbox/stripe/faults.py): times, method, path, when, status, saved."""
        self._post("/fail_next", fault)

    def dispute(self, **wish: Any) -> dict[str, Any]:
        """Opens a dispute (`invoice=` or `charge=`), or closes one (`dispute=`, `status="won"`)."""
        return self._post("/dispute", wish)

    def requests(self) -> list[dict[str, Any]]:
        """What the API was asked so far: method, path, status."""
        entries: list[dict[str, Any]] = self.http.get("/_sandbox/requests").raise_for_status().json()
        return entries

    def reset(self) -> None:
        """Everything as it was at the start: no customer, the configured clock, rules and endpoints."""
        self._post("/reset", None)

    def pay_checkout(self, url: str, card: str = GOOD_CARD, **fields: str) -> httpx.Response:
        """Types a card into a Checkout page. 303 to the success URL, or 402 with an alert."""
        return self.http.post(url, data={"cardNumber": card, "cardExpiry": "12 / 34", "cardCvc": "123"} | fields)

    def price(self, lookup_key: str) -> stripe.Price:
        return self.client.v1.prices.list({"lookup_keys": [lookup_key]}).data[0]

    def stop(self) -> None:
        """End the process and wait for it; twice is once."""
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()

    def _post(self, path: str, body: object) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post(f"/_sandbox{path}", json=body).raise_for_status().json()
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def stripe_client(url: str) -> stripe.StripeClient:
    """stripe-python pointed at a sandbox; it never repeats a request by itself."""
    addresses: Any = dict.fromkeys(("api", "files", "connect", "meter_events"), url)
    return stripe.StripeClient(API_KEY, base_addresses=addresses, max_network_retries=0)


def start_stripe_sandbox(
    *, now: datetime | None = None, webhook_url: str | None = None, **config: Any
) -> StripeSandbox:
    """A Stripe sandbox with our tiers' prices; `webhook_url` gets all events, signed with `webhook_secret`.

    `config`: more fields of sandbox/stripe/config.py. Raises RuntimeError if it does not start.
    """
    secret = "whsec_of_the_stripe_sandbox"
    endpoints = [{"url": webhook_url, "secret": secret}] if webhook_url else []
    content = {"now": now.isoformat() if now else None, "api_key": API_KEY, "webhook_endpoints": endpoints} | config
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stripe.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "stripe", "--config", str(file)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
    if not line.startswith("ready "):
        process.stdout.close()
        raise RuntimeError(f"the Stripe sandbox did not start: exit code {process.wait(timeout=10)}")
    return StripeSandbox(process, line.removeprefix("ready ").strip(), webhook_secret=secret)
