"""All that Stripe says of one customer now, fetched in a few calls outside of any transaction.

An event is only a hint that something changed. Whatever it was, the whole is fetched, so that the order in which events
come, and how often, cannot matter.
"""

from dataclasses import dataclass

from billing.errors import UnknownPriceError
from billing.stripe_gateway import StripeGateway
from billing.stripe_objects import Invoice, Price, Subscription
from billing.tiers import is_ours

_SETTLED = frozenset({"won", "warning_closed", "prevented"})


@dataclass(frozen=True, slots=True)
class Reversal:
    """What was taken back of an invoice's payment. A dispute that was won is none; an inquiry is one while it runs."""

    refunded_cents: int
    is_disputed: bool


@dataclass(frozen=True, slots=True)
class CustomerState:
    """`prices` holds the price of every line, by its id; `reversals` the invoices with a refund or a dispute."""

    customer_id: str
    subscriptions: tuple[Subscription, ...]
    invoices: tuple[Invoice, ...]
    prices: dict[str, Price]
    reversals: dict[str, Reversal]


def fetch_state(gateway: StripeGateway, customer_id: str) -> CustomerState:
    """Subscriptions and invoices oldest first. Raises the gateway's errors."""
    invoices = tuple(gateway.invoices(customer_id))
    return CustomerState(
        customer_id=customer_id,
        subscriptions=tuple(gateway.subscriptions(customer_id)),
        invoices=invoices,
        prices={line.price_id: gateway.price(line.price_id) for invoice in invoices for line in invoice.lines},
        reversals=_reversals(gateway, customer_id),
    )


def lookup_key_of(state: CustomerState, price_id: str) -> str | None:
    """The lookup key of a line's price; None for what is paid once. Raises UnknownPriceError for another plan's."""
    price = state.prices[price_id]
    if price.interval is None:
        return None
    if price.lookup_key is None or not is_ours(price.lookup_key):
        raise UnknownPriceError(price.lookup_key)
    return price.lookup_key


def _reversals(gateway: StripeGateway, customer_id: str) -> dict[str, Reversal]:
    """An invoice may be paid by several charges, and a charge names its invoice only through the payment."""
    reversals: dict[str, Reversal] = {}
    for charge in gateway.charges(customer_id):
        is_disputed = charge.was_disputed and not _SETTLED.issuperset(gateway.dispute_statuses(charge.id))
        if charge.payment_intent_id is None or not (charge.refunded_cents or is_disputed):
            continue
        for invoice_id in gateway.invoices_paid_by(charge.payment_intent_id):
            known = reversals.get(invoice_id, Reversal(0, is_disputed=False))
            reversals[invoice_id] = Reversal(
                known.refunded_cents + charge.refunded_cents, is_disputed=known.is_disputed or is_disputed
            )
    return reversals
