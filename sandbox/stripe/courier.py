"""Webhook deliveries: signed anew at each attempt, repeated after failures, held back and shuffled on demand."""

import asyncio
import json
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from sandbox.stripe.account import Account
from sandbox.stripe.posting import post
from sandbox.stripe.refusal import Object
from sandbox.stripe.signature import signature_header
from sandbox.stripe.webhook_endpoints import wants

Order = Literal["created", "reverse", "shuffle"]

_TIMEOUT_SECONDS = 20


@dataclass(slots=True)
class Delivery:
    """One event to one endpoint. `statuses` of its attempts: None where there was no answer."""

    event: Object
    endpoint_id: str
    state: Literal["held", "queued", "delivered", "waiting", "failed"]
    statuses: list[int | None] = field(default_factory=list)
    next_at: int | None = None
    """When a failed delivery is tried again, by the server's clock."""

    def as_json(self) -> Object:
        return {
            "event": self.event["id"],
            "type": self.event["type"],
            "endpoint": self.endpoint_id,
            "state": self.state,
            "statuses": self.statuses,
            "next_at": self.next_at,
        }


class Courier:
    def __init__(self, account: Account) -> None:
        self._account = account
        self.deliveries: list[Delivery] = []
        self._queue: deque[Delivery] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    def collect(self) -> None:
        """Takes new events to their endpoints, and what is due to be tried again."""
        outbox, self._account.outbox = self._account.outbox, []
        for event_id in outbox:
            event = self._account.store.get("event", event_id)
            rules = self._account.rules
            self.deliver_event(event, copies=rules.duplicate, is_held=rules.hold)
        now = self._account.now()
        self._enqueue(
            [
                one
                for one in self.deliveries
                if one.state == "waiting" and one.next_at is not None and one.next_at <= now
            ]
        )

    def deliver_event(self, event: Object, *, copies: int = 1, is_held: bool = False) -> int:
        """How many deliveries that makes."""
        endpoints = [one for one in self._account.store.all("webhook_endpoint") if wants(one, event)]
        event["pending_webhooks"] = len(endpoints)
        made = [Delivery(event, endpoint["id"], "held") for endpoint in endpoints for _ in range(copies)]
        self.deliveries += made
        if not is_held:
            self._enqueue(made)
        return len(made)

    def release(self, order: Order, *, seed: int) -> int:
        """Sends what was held. How many those are."""
        held = [one for one in self.deliveries if one.state == "held"]
        if order == "reverse":
            held.reverse()
        if order == "shuffle":
            random.Random(seed).shuffle(held)  # noqa: S311 - an order for tests, and the same one for the same seed
        self._enqueue(held)
        return len(held)

    async def settle(self) -> None:
        """Returns when nothing is on its way; held deliveries and later retries do not count."""
        while self._senders:
            await asyncio.wait(self._senders)

    def stop(self) -> None:
        self._queue.clear()
        for sender in self._senders:
            sender.cancel()

    def _enqueue(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            delivery.state = "queued"
        self._queue.extend(deliveries)
        for _ in range(min(len(self._queue), self._account.rules.parallel) - len(self._senders)):
            sender = asyncio.create_task(self._send())
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)

    async def _send(self) -> None:
        while self._queue:
            await self._attempt(self._queue.popleft())

    async def _attempt(self, delivery: Delivery) -> None:
        endpoint = self._account.store.find(delivery.endpoint_id)
        if endpoint is None:
            delivery.state = "failed"
            return
        body = json.dumps(delivery.event, indent=2).encode()
        signature = signature_header(
            body, secret=self._account.secrets[delivery.endpoint_id], timestamp=self._account.now()
        )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature,
        }
        status = await post(endpoint["url"], body, headers, timeout_seconds=_TIMEOUT_SECONDS)
        delivery.statuses.append(status)
        self._judge(delivery, status)

    def _judge(self, delivery: Delivery, status: int | None) -> None:
        delivery.next_at = None
        if status is not None and 200 <= status < 300:
            delivery.state = "delivered"
            delivery.event["pending_webhooks"] = max(0, delivery.event["pending_webhooks"] - 1)
            return
        retries = self._account.rules.webhook_retry_seconds
        if len(delivery.statuses) <= len(retries):
            delivery.state = "waiting"
            delivery.next_at = self._account.now() + retries[len(delivery.statuses) - 1]
        else:
            delivery.state = "failed"
