"""What one can do in the customer portal. Each raises RefusedError with the sentence that the page shows."""

from collections.abc import Callable, Mapping

from sandbox.stripe.account import Account
from sandbox.stripe.cards import card_of
from sandbox.stripe.collection import collect, save_default_method
from sandbox.stripe.invoice_requests import check_payable
from sandbox.stripe.payment_methods import attach, new_payment_method
from sandbox.stripe.portal_configurations import offered_prices
from sandbox.stripe.refusal import Object, forbidden_state, missing
from sandbox.stripe.standing import end_subscription
from sandbox.stripe.subscription_forms import ItemChange, SubscriptionUpdate
from sandbox.stripe.subscription_items import item_of
from sandbox.stripe.subscription_update import carry_out

Fields = Mapping[str, str]


def change_card(account: Account, session: Object, fields: Fields) -> None:
    """The new card takes the place of the old one everywhere; what is owed is not charged by that."""
    customer = account.customer_of(session)
    save_default_method(account, customer, typed_card(account, customer, fields))


def typed_card(account: Account, customer: Object, fields: Fields) -> Object:
    """The payment method of the card in a page's form, attached to the customer."""
    method = new_payment_method(account, card_of(fields.get("cardNumber", "")), clock_id=customer["test_clock"])
    attach(account, method, customer)
    return method


def change_plan(account: Account, session: Object, fields: Fields) -> None:
    configuration = account.store.get("billing_portal.configuration", session["configuration"])
    price = account.store.get("price", fields.get("price", ""))
    if price not in offered_prices(account, configuration):
        raise forbidden_state("This plan is not offered.", "price_not_offered")
    subscription = _own(account, session, "subscription", fields)
    changes = configuration["features"]["subscription_update"]
    form = SubscriptionUpdate(
        items=[ItemChange(id=item_of(subscription)["id"], price=price["id"])],
        proration_behavior=changes["proration_behavior"],
        payment_behavior="pending_if_incomplete",
    )
    carry_out(account, subscription, form)
    if subscription["pending_update"] is not None:
        raise forbidden_state("Your card was declined. The plan changes once the invoice is paid.", "card_declined")


def cancel(account: Account, session: Object, fields: Fields) -> None:
    subscription = _own(account, session, "subscription", fields)
    configuration = account.store.get("billing_portal.configuration", session["configuration"])
    if configuration["features"]["subscription_cancel"]["mode"] == "immediately":
        end_subscription(account, subscription, why="cancellation_requested")
    else:
        carry_out(account, subscription, SubscriptionUpdate(cancel_at_period_end=True))


def keep(account: Account, session: Object, fields: Fields) -> None:
    """Takes a cancellation back."""
    carry_out(account, _own(account, session, "subscription", fields), SubscriptionUpdate(cancel_at_period_end=False))


def pay(account: Account, session: Object, fields: Fields) -> None:
    invoice = _own(account, session, "invoice", fields)
    check_payable(invoice)
    refusal = collect(account, invoice, is_automatic=False)
    if refusal is not None:
        raise refusal


ACTS: dict[str, Callable[[Account, Object, Fields], None]] = {
    "card": change_card,
    "plan": change_plan,
    "cancel": cancel,
    "keep": keep,
    "pay": pay,
}


def _own(account: Account, session: Object, kind: str, fields: Fields) -> Object:
    thing = account.store.get(kind, fields.get(kind, ""))
    if thing["customer"] != session["customer"]:
        raise missing(kind, thing["id"])
    return thing
