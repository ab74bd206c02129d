"""The demo's Stripe: a sandbox of its own on loopback, whose account is kept from run to run; never the real one."""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from app.demo.addresses import free_port
from app.demo.home import DemoHome
from app.demo.processes import Processes
from billing.stripe_events import EVENT_TYPES
from core.errors import ConflictError
from core.settings import Settings, child_environment

API_KEY = "sk_test_carbonledger_demo"
WEBHOOK_SECRET = "whsec_carbonledger_demo"  # noqa: S105 - of a sandbox on loopback
FIRST_PORT = 8326
GOOD_CARD = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123"}
"""Stripe's test card."""


class LiveKeyError(ConflictError):
    code = "live-key"

    def __init__(self) -> None:
        super().__init__(
            "CARBONLEDGER_STRIPE_SECRET_KEY is a live key. The demo sells nothing for real: unset it, and run it again."
        )


def refuse_live_key(settings: Settings) -> None:
    """Raises LiveKeyError. The demo uses its own sandbox in any case; who has a live key at hand is not to wonder."""
    key = settings.stripe_secret_key
    if key is not None and "_live_" in key.get_secret_value():
        raise LiveKeyError


def start_stripe(home: DemoHome, processes: Processes, settings: Settings, *, public_url: str) -> Path:
    """The file in which its URL will be, once it answers. The same port as in the last run, if it is free: invoices
    name their page.
    """
    endpoint = {"url": f"{public_url}/webhooks/stripe", "secret": WEBHOOK_SECRET, "enabled_events": EVENT_TYPES}
    home.stripe_file.write_text(json.dumps({"api_key": API_KEY, "webhook_endpoints": [endpoint]}))
    ready_file = home.folder / "stripe.url"
    port = FIRST_PORT
    if ready_file.exists():
        port = int(ready_file.read_text().strip().rpartition(":")[2])
        ready_file.unlink()
    command = [sys.executable, "-m", "sandbox", "stripe", "--config", str(home.stripe_file)]
    kept = ["--keep", str(home.folder / "stripe.account"), "--ready-file", str(ready_file)]
    processes.start(
        "stripe-sandbox", [*command, *kept, "--port", str(free_port(port))], environment=child_environment(settings)
    )
    return ready_file


def selling(settings: Settings, *, stripe_url: str) -> Settings:
    """Settings of a server that sells through this sandbox."""
    return settings.model_copy(
        update={
            "stripe_api_base": stripe_url,
            "stripe_secret_key": SecretStr(API_KEY),
            "stripe_webhook_secret": SecretStr(WEBHOOK_SECRET),
        }
    )


@dataclass(frozen=True, slots=True)
class StripeDesk:
    """What one does at Stripe and not with us: test clocks, customers that live by one, cards typed into pages."""

    url: str

    def customer_on_clock(self, reference: str, *, name: str, email: str, now: datetime) -> None:
        """A customer who carries our reference, and whose time begins at `now`."""
        clock = self._post("/v1/test_helpers/test_clocks", {"frozen_time": int(now.timestamp())})
        customer = {"name": name, "email": email, "test_clock": clock["id"], "metadata[carbonledger_org]": reference}
        self._post("/v1/customers", customer)

    def clock_of(self, customer_id: str) -> tuple[str, datetime]:
        """The customer's test clock, and what it shows."""
        clock_id = self._get(f"/v1/customers/{customer_id}")["test_clock"]
        frozen = self._get(f"/v1/test_helpers/test_clocks/{clock_id}")["frozen_time"]
        return clock_id, datetime.fromtimestamp(frozen, UTC)

    def advance(self, clock_id: str, to: datetime) -> None:
        """Stripe plays what falls due until then."""
        self._post(f"/v1/test_helpers/test_clocks/{clock_id}/advance", {"frozen_time": int(to.timestamp())})

    def pay(self, checkout_url: str) -> None:
        """Type a good card into a Checkout page."""
        answer = httpx.post(checkout_url, data=GOOD_CARD, timeout=60)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            answer.raise_for_status()

    def hold_webhooks(self) -> None:
        httpx.post(f"{self.url}/_sandbox/config", json={"hold": True}, timeout=60).raise_for_status()

    def release_webhooks(self) -> None:
        """Those that were held, in order; later ones go out at once."""
        httpx.post(f"{self.url}/_sandbox/config", json={"hold": False}, timeout=60).raise_for_status()
        httpx.post(f"{self.url}/_sandbox/release", timeout=60).raise_for_status()

    def _get(self, path: str) -> dict[str, Any]:
        return self._read(httpx.get(self.url + path, headers=_KEY, timeout=60))

    def _post(self, path: str, form: dict[str, Any]) -> dict[str, Any]:
        return self._read(httpx.post(self.url + path, data=form, headers=_KEY, timeout=60))

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = answer.raise_for_status().json()
        return body


_KEY = {"Authorization": f"Bearer {API_KEY}"}
