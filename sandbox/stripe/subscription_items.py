"""Items of subscriptions: the price that is subscribed to, and the period that is running."""

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.listing import ListForm, listed
from sandbox.stripe.proration import Span
from sandbox.stripe.refusal import Object
from sandbox.stripe.store import new_id


class ItemList(ListForm):
    subscription: str


def new_item(account: Account, subscription_id: str, price: Object, *, quantity: int, created: int) -> Object:
    item: Object = {
        "id": new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created,
        "current_period_end": created,
        "current_period_start": created,
        "discounts": [],
        "metadata": {},
        "subscription": subscription_id,
        "tax_rates": [],
    }
    set_price(item, price, quantity=quantity)
    return account.store.add(item)


def set_price(item: Object, price: Object, *, quantity: int) -> None:
    item |= {"price": price, "plan": _as_plan(price), "quantity": quantity}


def set_period(item: Object, period: Span) -> None:
    item |= {"current_period_start": period.start, "current_period_end": period.end}


def period_of(subscription: Object) -> Span:
    item = item_of(subscription)
    return Span(item["current_period_start"], item["current_period_end"])


def item_of(subscription: Object) -> Object:
    """The one item of a subscription: the sandbox sells one price at a time."""
    item: Object = subscription["items"]["data"][0]
    return item


def _as_plan(price: Object) -> Object:
    """The price as the older object that items still carry."""
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": price["recurring"]["trial_period_days"],
        "usage_type": "licensed",
    }


def list_items(account: Account, call: Call) -> Object:
    form = call.form(ItemList)
    return listed(call, list(account.store.where("subscription_item", subscription=form.subscription)), form)


def retrieve_item(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("subscription_item", call.id)


ROUTES: list[Route] = [
    ("GET", "/v1/subscription_items", list_items),
    ("GET", "/v1/subscription_items/{id}", retrieve_item),
]
