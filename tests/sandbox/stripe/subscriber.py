"""A customer on a test clock of its own, and what the API says about it."""

from datetime import UTC, datetime
from typing import Any

import stripe

from tests.stripe_process import GOOD_CARD, StripeSandbox

START = datetime(2026, 11, 10, 12, tzinfo=UTC)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def seconds(instant: datetime) -> int:
    return int(instant.timestamp())


class Subscriber:
    """`card`: its number, attached and made the default; None: no card."""

    def __init__(self, sandbox: StripeSandbox, *, now: datetime = START, card: str | None = GOOD_CARD) -> None:
        self.sandbox, self.api = sandbox, sandbox.client.v1
        self.clock = sandbox.create_clock(now)
        self.customer = self.api.customers.create({"email": "ada@example.org", "test_clock": self.clock}).id
        if card is not None:
            self.use_card(card)

    def use_card(self, number: str) -> str:
        """The new default payment method's id. Raises stripe.CardError for a card that cannot be saved."""
        method = self.api.payment_methods.create({"type": "card", "card": {"number": number}})
        self.api.payment_methods.attach(method.id, {"customer": self.customer})
        self.api.customers.update(self.customer, {"invoice_settings": {"default_payment_method": method.id}})
        return method.id

    def subscribe(self, price: str = "carbonledger_growth_monthly", **wishes: Any) -> stripe.Subscription:
        """`price`: a lookup key."""
        wish: Any = {"customer": self.customer, "items": [{"price": self.sandbox.price(price).id}], **wishes}
        return self.api.subscriptions.create(wish)

    def change(self, price: str | None = None, **wishes: Any) -> stripe.Subscription:
        subscription = self.subscription()
        if price is not None:
            wishes["items"] = [{"id": item_of(subscription).id, "price": self.sandbox.price(price).id}]
        changes: Any = wishes
        return self.api.subscriptions.update(subscription.id, changes)

    def checkout(self, price: str = "carbonledger_growth_monthly", **subscription_data: Any) -> stripe.checkout.Session:
        wish: Any = {
            "mode": "subscription",
            "customer": self.customer,
            "line_items": [{"price": self.sandbox.price(price).id, "quantity": 1}],
            "success_url": "http://127.0.0.1:9/welcome?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:9/tiers",
            "subscription_data": subscription_data,
        }
        return self.api.checkout.sessions.create(wish)

    def advance(self, to: datetime) -> None:
        self.sandbox.advance(self.clock, to)

    def subscription(self) -> stripe.Subscription:
        """The latest one, whatever became of it."""
        return self.api.subscriptions.list({"customer": self.customer, "status": "all"}).data[0]

    def invoices(self) -> list[stripe.Invoice]:
        """Oldest first."""
        return self.api.invoices.list({"customer": self.customer, "limit": 100}).data[::-1]

    def bills(self) -> list[tuple[str | None, str | None, int]]:
        """Reason, status and total of each invoice, oldest first."""
        return [(invoice.billing_reason, invoice.status, invoice.total) for invoice in self.invoices()]

    def events(self, kind: str) -> list[stripe.Event]:
        """Of this type, oldest first: of the whole account, which each test begins anew."""
        return self.api.events.list({"type": kind, "limit": 100}).data[::-1]


def item_of(subscription: stripe.Subscription) -> stripe.SubscriptionItem:
    return subscription["items"].data[0]  # type: ignore[no-any-return]  # `items` is a method of the class


def period_of(subscription: stripe.Subscription) -> tuple[datetime, datetime]:
    item = item_of(subscription)
    return instant(item.current_period_start), instant(item.current_period_end)


def line_periods(invoice: stripe.Invoice) -> list[tuple[datetime, datetime]]:
    return [(instant(line.period.start), instant(line.period.end)) for line in invoice.lines.data]


def prorations(invoice: stripe.Invoice) -> list[bool]:
    return [
        line.parent.subscription_item_details.proration
        for line in invoice.lines.data
        if line.parent is not None and line.parent.subscription_item_details is not None
    ]


def instant(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)
