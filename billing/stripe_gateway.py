"""The one door to Stripe: plain acts in, our own frozen objects out, and only our own errors.

The API version is pinned by name, so that an upgrade of the SDK changes nothing unseen. Every create has a key that is
derived from the facts that it creates; Stripe forgets keys after a day, so whoever calls a create that may be older
than that looks the object up first (`find_customer`, `checkouts`). What Stripe's errors say stays here: their
messages may repeat a part of the key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import stripe

from billing import stripe_objects
from billing.errors import (
    BadSignatureError,
    CardDeclinedError,
    PriceMissingError,
    StripeRefusedError,
    StripeUnavailableError,
)
from billing.idempotency_keys import idempotency_key
from billing.stripe_objects import (
    Charge,
    CheckoutOrder,
    CheckoutSession,
    Invoice,
    InvoiceLine,
    Plain,
    Price,
    Read,
    Subscription,
)
from core.settings import Settings

API_VERSION = "2026-10-28.endive"
SIGNATURE_TOLERANCE = timedelta(minutes=5)
_PAGE = 100
_WAITS = httpx.Timeout(30, connect=10)
RETRIES = 2

stripe.enable_telemetry = False  # it would tell Stripe how long our earlier requests took


def stripe_gateway(settings: Settings) -> "StripeGateway | None":
    """The gateway that settings describe; None without a Stripe key."""
    if settings.stripe_secret_key is None:
        return None
    return StripeGateway(settings.stripe_secret_key.get_secret_value(), api_base=settings.stripe_api_base)


def verify_signature(body: bytes, header: str | None, secret: str, *, now: datetime) -> None:
    """Raises BadSignatureError unless Stripe signed exactly this body within five minutes of `now`, before or after.

    The SDK's own look at the time accepts any future and reads a clock of its own, so ours replaces it.
    """
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
        signed_at = stripe_objects.instant(int(dict(part.split("=", 1) for part in (header or "").split(","))["t"]))
    except stripe.SignatureVerificationError:
        raise BadSignatureError("its signature does not fit the body and our secret") from None
    except (ValueError, KeyError, OverflowError):
        raise BadSignatureError("its signature is not readable") from None
    if abs(now - signed_at) > SIGNATURE_TOLERANCE:
        raise BadSignatureError("it was signed too long ago, or in the future")


class StripeGateway:
    """Safe between threads. Raises CardDeclinedError, StripeRefusedError, UnreadableStripeObjectError (permanent) and
    StripeUnavailableError (transient)."""

    def __init__(self, secret_key: str, *, api_base: str, retries: int = RETRIES) -> None:
        self.is_livemode = secret_key.startswith(("sk_live_", "rk_live_"))
        self._transport = _Transport()
        self._client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_base, "files": api_base, "connect": api_base, "meter_events": api_base},
            max_network_retries=retries,
            http_client=self._transport,
        )
        self._prices: dict[str, Price] = {}

    def close(self) -> None:
        self._transport.close()

    # Customers

    def find_customer(self, reference: str) -> str | None:
        """The id of the customer that carries our reference in its metadata. Stripe's index lags by up to a minute."""
        with _our_errors():
            found = self._client.v1.customers.search({"query": f"metadata['carbonledger_org']:'{reference}'"})
            return next((customer.id for customer in found.data), None)

    def create_customer(self, reference: str, *, name: str, email: str) -> str:
        """The id of the customer of this reference; made once, however often within a day."""
        with _our_errors():
            customer = self._client.v1.customers.create(
                {"name": name, "email": email, "metadata": {"carbonledger_org": reference}},
                {"idempotency_key": idempotency_key("customer", reference)},
            )
            return customer.id

    # Prices

    def price_of(self, lookup_key: str) -> Price:
        """The active price with this lookup key. Raises PriceMissingError."""
        with _our_errors():
            found = self._client.v1.prices.list({"lookup_keys": [lookup_key], "active": True, "limit": 1})
        if not found.data:
            raise PriceMissingError(lookup_key)
        return _read("price", stripe_objects.price, found.data[0])

    def price(self, price_id: str) -> Price:
        """A price of whatever age. What one with a lookup key pays for never changes, so it is asked for once."""
        if price_id in self._prices:
            return self._prices[price_id]
        with _our_errors():
            found = _read("price", stripe_objects.price, self._client.v1.prices.retrieve(price_id))
        if found.lookup_key is not None:
            self._prices[price_id] = found
        return found

    # Checkout and portal

    def checkouts(self, customer_id: str) -> list[CheckoutSession]:
        """The customer's Checkout sessions, newest first."""
        pages = self._pages(lambda page: self._client.v1.checkout.sessions.list({"customer": customer_id} | page))
        return [_read("checkout session", stripe_objects.checkout_session, each) for each in pages]

    def create_checkout(self, order: CheckoutOrder, *, key: str) -> CheckoutSession:
        """A page where the order is paid, for 24 hours. Up to the anchor the price is charged by the day.

        Paid after the anchor has passed, the first period is the whole one that began with it (Stripe: "Set the billing
        cycle date", docs.stripe.com/payments/checkout/billing-cycle).
        """
        with _our_errors():
            created = self._client.v1.checkout.sessions.create(
                {
                    "mode": "subscription",
                    "customer": order.customer_id,
                    "client_reference_id": order.reference,
                    "line_items": [{"price": order.price_id, "quantity": 1}],
                    "metadata": dict(order.metadata),
                    "subscription_data": {
                        "billing_cycle_anchor": int(order.anchored_at.timestamp()),
                        "proration_behavior": "create_prorations",
                        "billing_mode": {"type": "classic"},
                        "metadata": dict(order.metadata),
                    },
                    "success_url": order.success_url,
                    "cancel_url": order.cancel_url,
                },
                {"idempotency_key": key},
            )
        return _read("checkout session", stripe_objects.checkout_session, created)

    def expire_checkout(self, session_id: str) -> None:
        with _our_errors():
            self._client.v1.checkout.sessions.expire(session_id)

    def create_portal(self, customer_id: str, *, return_url: str) -> str:
        """The address of a page of the customer's that logs in by itself and ends soon; each visit has its own."""
        with _our_errors():
            made = self._client.v1.billing_portal.sessions.create({"customer": customer_id, "return_url": return_url})
            return made.url

    # Subscriptions

    def subscriptions(self, customer_id: str) -> list[Subscription]:
        """Every subscription the customer ever had, oldest first."""
        pages = self._pages(
            lambda page: self._client.v1.subscriptions.list({"customer": customer_id, "status": "all"} | page)
        )
        found = [_read("subscription", stripe_objects.subscription, each) for each in pages]
        return sorted(found, key=lambda each: (each.started_at, each.id))

    def change_plan(self, subscription: Subscription, *, price_id: str) -> Subscription:
        """Another price at once; what it costs more is invoiced now, and it is in force when that is paid.

        The newest invoice is in the key: a change there and back within a day is two changes.
        """
        key = idempotency_key("plan", subscription.id, price_id, subscription.latest_invoice_id or "none")
        with _our_errors():
            changed = self._client.v1.subscriptions.update(
                subscription.id,
                {
                    "items": [{"id": subscription.item_id, "price": price_id}],
                    "proration_behavior": "always_invoice",
                    "payment_behavior": "pending_if_incomplete",
                },
                {"idempotency_key": key},
            )
        return _read("subscription", stripe_objects.subscription, changed)

    def set_cancellation(self, subscription_id: str, *, at_period_end: bool) -> Subscription:
        """End it with the paid period, or take that back. Setting the same again changes nothing, so it has no key."""
        with _our_errors():
            changed = self._client.v1.subscriptions.update(subscription_id, {"cancel_at_period_end": at_period_end})
        return _read("subscription", stripe_objects.subscription, changed)

    # Invoices and payments

    def invoices(self, customer_id: str) -> list[Invoice]:
        """Every invoice of the customer with all its plan lines, oldest first."""
        pages = self._pages(lambda page: self._client.v1.invoices.list({"customer": customer_id} | page))
        found = [self._whole(_read("invoice", stripe_objects.invoice, each)) for each in pages]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    def _whole(self, invoice: Invoice) -> Invoice:
        """Beyond ten lines, an invoice only says that there are more."""
        if not invoice.has_more_lines:
            return invoice
        pages = self._pages(lambda page: self._client.v1.invoices.line_items.list(invoice.id, {} | page))
        lines = [line.to_dict(for_json=True) for line in pages]
        every: tuple[InvoiceLine, ...] = stripe_objects.read("invoice line", stripe_objects.plan_lines, lines)  # type: ignore[arg-type] # a list of them
        return replace(invoice, lines=every, has_more_lines=False)

    def charges(self, customer_id: str) -> list[Charge]:
        pages = self._pages(lambda page: self._client.v1.charges.list({"customer": customer_id} | page))
        return [_read("charge", stripe_objects.charge, each) for each in pages]

    def charge(self, charge_id: str) -> Charge:
        with _our_errors():
            return _read("charge", stripe_objects.charge, self._client.v1.charges.retrieve(charge_id))

    def dispute_statuses(self, charge_id: str) -> list[str]:
        pages = self._pages(lambda page: self._client.v1.disputes.list({"charge": charge_id} | page))
        return [str(each.status) for each in pages]

    def invoices_paid_by(self, payment_intent_id: str) -> list[str]:
        """Ids of the invoices that a payment paid: a charge does not name them itself."""
        payment = {"type": "payment_intent", "payment_intent": payment_intent_id}
        pages = self._pages(lambda page: self._client.v1.invoice_payments.list({"payment": payment} | page))
        return [each.invoice if isinstance(each.invoice, str) else each.invoice.id for each in pages]

    # Events

    def events(self, *, types: Sequence[str], since: datetime | None) -> list[Plain]:
        """Events of these types, at most twenty, created at `since` or later, newest first, as Stripe keeps them (30
        days)."""
        created = {} if since is None else {"created": {"gte": int(since.timestamp())}}
        pages = self._pages(lambda page: self._client.v1.events.list({"types": list(types)} | created | page))
        return [each.to_dict(for_json=True) for each in pages]

    def _pages(self, list_page: Callable[[Any], stripe.ListObject[Any]]) -> Iterator[Any]:
        after: dict[str, str] = {}
        while True:
            with _our_errors():
                page = list_page({"limit": _PAGE} | after)
            yield from page.data
            if not page.has_more:
                return
            after = {"starting_after": page.data[-1].id}


def _read(kind: str, reader: Callable[[Plain], Read], found: stripe.StripeObject) -> Read:
    return stripe_objects.read(kind, reader, found.to_dict(for_json=True))


@contextmanager
def _our_errors() -> Iterator[None]:
    """Stripe's exceptions hold headers, bodies and a part of the key: none leaves this module, nor as a cause."""
    try:
        yield
    except stripe.CardError:
        raise CardDeclinedError from None
    except (stripe.APIConnectionError, stripe.RateLimitError):
        raise StripeUnavailableError from None
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500 or error.http_status in {409, 429}:
            raise StripeUnavailableError from None
        raise StripeRefusedError(error.code or type(error).__name__) from None


class _Transport(stripe.HTTPClient):
    """The SDK's own transports take proxies, certificates and .netrc from the environment unseen, and the last of these
    replaces the key."""

    name = "httpx"

    def __init__(self) -> None:
        super().__init__()
        self._http = httpx.Client(timeout=_WAITS, trust_env=False, follow_redirects=False)

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            answer = self._http.request(method, url, headers=headers, content=post_data)
        except httpx.HTTPError as error:
            raise stripe.APIConnectionError(type(error).__name__, should_retry=True) from None  # type: ignore[no-untyped-call] # the SDK's
        return answer.text, answer.status_code, answer.headers

    def close(self) -> None:
        self._http.close()
