"""All that the server holds, made from its configuration, and made anew by a reset."""

from collections import deque
from pathlib import Path

from sandbox.clock import SandboxClock
from sandbox.stripe.account import Account
from sandbox.stripe.catalogue import stock
from sandbox.stripe.config import StripeSandboxConfig
from sandbox.stripe.courier import Courier
from sandbox.stripe.due import play
from sandbox.stripe.faults import FaultBook
from sandbox.stripe.idempotency import SavedAnswers
from sandbox.stripe.keeping import keep, restore
from sandbox.stripe.portal_configurations import new_configuration
from sandbox.stripe.refusal import Object
from sandbox.stripe.webhook_endpoints import new_endpoint

_REMEMBERED = 20_000


class World:
    def __init__(self, config: StripeSandboxConfig, kept_in: Path | None = None) -> None:
        """`kept_in`: a file to go on from, and to write after every change."""
        self.config, self._kept_in = config, kept_in
        self._begin(kept_in)

    def reset(self) -> None:
        """Everything as it was at the start. Ids are new."""
        self.courier.stop()
        self._begin(None)

    def _begin(self, kept_in: Path | None) -> None:
        self.account = Account(SandboxClock(self.config.now), self.config.rules.model_copy())
        self.courier = Courier(self.account)
        self._next_due_at: int | None = None
        self.saved, self.faults = SavedAnswers(), FaultBook()
        self.requests: deque[Object] = deque(maxlen=_REMEMBERED)
        """Method, path and status of API requests; never a parameter."""
        if kept_in is None or not restore(self.account, kept_in):
            stock(self.account, self.config.prices)
            new_configuration(self.account, is_default=True)
        for endpoint in self.config.webhook_endpoints:
            new_endpoint(self.account, endpoint.url, list(endpoint.enabled_events), endpoint.secret)

    def catch_up(self, *, has_changed: bool = True) -> None:
        """Plays what has fallen due on the server's clock, and sends out what came of it.

        `has_changed`: whether something has been done since the last time, so that other things may be due.
        """
        now = self.account.now()
        if has_changed or (self._next_due_at is not None and self._next_due_at <= now):
            self._next_due_at = play(self.account, None, until=now)
            if self._kept_in is not None:
                keep(self.account, self._kept_in)
        self.courier.collect()
