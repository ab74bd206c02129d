"""The one account that the server plays: its objects, its clocks, its rules, and what waits to be delivered."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.clock import SandboxClock
from sandbox.stripe.cards import Behaviour
from sandbox.stripe.config import Rules
from sandbox.stripe.refusal import Object
from sandbox.stripe.store import Store

if TYPE_CHECKING:
    from sandbox.stripe.checkout_sessions import SessionCreate
    from sandbox.stripe.plan_change import Change

API_VERSION = "2026-10-28.endive"

_OWNERS = ("customer", "charge", "invoice", "subscription")


class Account:
    """`outbox` takes the ids of events that webhooks are still to be made of."""

    def __init__(self, clock: SandboxClock, rules: Rules) -> None:
        self.clock, self.rules = clock, rules
        self.base_url = ""
        self.store = Store()
        self.behaviours: dict[str, Behaviour] = {}
        """What the bank says to each payment method; the card's number itself is not kept."""
        self.secrets: dict[str, str] = {}
        """Of webhook endpoints: Stripe shows them once."""
        self.outbox: list[str] = []
        self.warned_trials: set[str] = set()
        """Subscriptions whose trial's end has been announced."""
        self.automatic_tries: dict[str, int] = {}
        """Per invoice; tries by hand do not count."""
        self.pending_changes: dict[str, Change] = {}
        """Per subscription: what its latest invoice's payment will change."""
        self.request: Object | None = None
        """Id and idempotency key of the request under way, for the events that it causes."""
        self.checkout_wishes: dict[str, SessionCreate] = {}
        """What each Checkout session was asked to sell."""
        self._playing: dict[str | None, int] = {}

    def now(self, clock_id: str | None = None) -> int:
        """Unix seconds of a test clock, or of the server's clock; while time is played, of the moment being played."""
        if clock_id in self._playing:
            return self._playing[clock_id]
        if clock_id is not None:
            frozen: int = self.store.get("test_helpers.test_clock", clock_id)["frozen_time"]
            return frozen
        return int(self.clock.now().timestamp())

    def now_of(self, thing: Object) -> int:
        """Now, by the clock of the customer whom the object belongs to."""
        return self.now(self.clock_of(thing))

    def clock_of(self, thing: Object) -> str | None:
        """The id of the test clock that governs an object, through what it belongs to; None: the server's clock."""
        if thing["object"] == "test_helpers.test_clock":
            own: str = thing["id"]
            return own
        if "test_clock" in thing:
            named: str | None = thing["test_clock"]
            return named
        owners = (self.store.find(thing[name]) for name in _OWNERS if isinstance(thing.get(name), str))
        return next((self.clock_of(owner) for owner in owners if owner is not None), None)

    @contextmanager
    def playing(self, clock_id: str | None, instant: int) -> Iterator[None]:
        """The moment of this clock is `instant` inside the block, and no request causes its events."""
        request, self.request = self.request, None
        self._playing[clock_id] = instant
        try:
            yield
        finally:
            del self._playing[clock_id]
            self.request = request

    def customer_of(self, thing: Object) -> Object:
        return self.store.get("customer", thing["customer"])
