"""Lines of invoices, and the invoice items that wait for the next invoice."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.events import emit
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.proration import Span
from sandbox.stripe.refusal import Object
from sandbox.stripe.store import new_id


@dataclass(frozen=True, slots=True)
class Position:
    """What is to be billed: so many cents for a span of a subscription item at a price."""

    item: Object
    price: Object
    amount: int
    period: Span
    is_proration: bool
    description: str
    invoice_item: str | None = None


class InvoiceItemList(ListForm):
    customer: str | None = None
    pending: bool | None = None
    created: Created = None


def full_period(account: Account, item: Object, price: Object, period: Span) -> Position:
    name = account.store.get("product", price["product"])["name"]
    amount = price["unit_amount"] * item["quantity"]
    dollars = f"${price['unit_amount'] // 100}.{price['unit_amount'] % 100:02}"
    description = f"{item['quantity']} × {name} (at {dollars} / {price['recurring']['interval']})"
    return Position(item, price, amount, period, is_proration=False, description=description)


def free_trial(account: Account, item: Object, price: Object, period: Span) -> Position:
    name = account.store.get("product", price["product"])["name"]
    return Position(item, price, 0, period, is_proration=False, description=f"Trial period for {name}")


def remaining_time(account: Account, item: Object, price: Object, amount: int, period: Span) -> Position:
    """A proration: positive for time to come at a price, negative for time not used."""
    name = account.store.get("product", price["product"])["name"]
    what = "Remaining time on" if amount >= 0 else "Unused time on"
    day = datetime.fromtimestamp(period.start, UTC)
    return Position(item, price, amount, period, is_proration=True, description=f"{what} {name} after {day:%d %b %Y}")


def line_of(position: Position, invoice_id: str) -> Object:
    item, price = position.item, position.price
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": position.amount,
        "currency": price["currency"],
        "description": position.description,
        "discount_amounts": [],
        "discountable": not position.is_proration,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": position.invoice_item,
                "proration": position.is_proration,
                "proration_details": {"credited_items": None} if position.is_proration else None,
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": position.period.end, "start": position.period.start},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": item["subscription"],
        "subtotal": position.amount,
        "taxes": [],
    }


def keep_for_next_invoice(account: Account, customer: Object, position: Position) -> Object:
    """An invoice item: a proration that the next invoice of the subscription will carry."""
    invoice_item = account.store.add(
        {
            "id": new_id("ii"),
            "object": "invoiceitem",
            "amount": position.amount,
            "currency": position.price["currency"],
            "customer": customer["id"],
            "date": account.now_of(customer),
            "description": position.description,
            "discountable": False,
            "discounts": [],
            "invoice": None,
            "livemode": False,
            "metadata": {},
            "net_amount": position.amount,
            "parent": {
                "subscription_details": {
                    "subscription": position.item["subscription"],
                    "subscription_item": position.item["id"],
                },
                "type": "subscription_details",
            },
            "period": {"end": position.period.end, "start": position.period.start},
            "pricing": {
                "price_details": {"price": position.price["id"], "product": position.price["product"]},
                "type": "price_details",
                "unit_amount_decimal": position.price["unit_amount_decimal"],
            },
            "proration": position.is_proration,
            "proration_details": None,
            "quantity": position.item["quantity"],
            "quantity_decimal": str(position.item["quantity"]),
            "tax_rates": [],
            "test_clock": customer["test_clock"],
        }
    )
    emit(account, "invoiceitem.created", invoice_item)
    return invoice_item


def take_waiting(account: Account, subscription: Object, invoice_id: str) -> list[Position]:
    """The positions of waiting invoice items, which belong to this invoice from now on."""
    positions = []
    for waiting in account.store.where("invoiceitem", customer=subscription["customer"], invoice=None):
        details = waiting["parent"]["subscription_details"]
        if details["subscription"] != subscription["id"]:
            continue
        waiting["invoice"] = invoice_id
        positions.append(
            Position(
                item=account.store.get("subscription_item", details["subscription_item"]),
                price=account.store.get("price", waiting["pricing"]["price_details"]["price"]),
                amount=waiting["amount"],
                period=Span(waiting["period"]["start"], waiting["period"]["end"]),
                is_proration=waiting["proration"],
                description=waiting["description"],
                invoice_item=waiting["id"],
            )
        )
    return positions


def list_invoice_items(account: Account, call: Call) -> Object:
    form = call.form(InvoiceItemList)
    found = [
        item
        for item in account.store.all("invoiceitem")
        if form.customer in (None, item["customer"]) and form.pending in (None, item["invoice"] is None)
    ]
    return listed(call, found, form, created=form.created)


ROUTES: list[Route] = [("GET", "/v1/invoiceitems", list_invoice_items)]
