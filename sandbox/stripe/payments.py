"""Payment intents and their charges: one intent an invoice, one charge a try."""

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.cards import Behaviour, decline_of
from sandbox.stripe.disputes import open_dispute
from sandbox.stripe.events import emit
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.refusal import Object, RefusedError
from sandbox.stripe.store import new_id


class PaymentList(ListForm):
    customer: str | None = None
    created: Created = None
    payment_intent: str | None = None


def new_payment_intent(account: Account, invoice: Object) -> Object:
    intent_id = new_id("pi")
    intent = account.store.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            "amount": invoice["amount_remaining"],
            "amount_capturable": 0,
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic",
            "client_secret": f"{intent_id}_secret_{new_id('x')[2:]}",
            "confirmation_method": "automatic",
            "created": account.now_of(invoice),
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "description": "Subscription update",
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": {},
            "next_action": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "setup_future_usage": "off_session",
            "status": "requires_payment_method",
        }
    )
    emit(account, "payment_intent.created", intent)
    return intent


def charge_card(account: Account, intent: Object, method: Object) -> RefusedError | None:
    """Asks the bank for the intent's amount. None: it has paid; otherwise why not."""
    behaviour = account.behaviours[method["id"]]
    refusal = decline_of(behaviour)
    charge = _new_charge(account, intent, method, refusal)
    intent["latest_charge"] = charge["id"]
    if refusal is not None:
        error = refusal.error | {"charge": charge["id"], "payment_method": method}
        intent |= {"status": "requires_payment_method", "last_payment_error": error, "payment_method": None}
        emit(account, "charge.failed", charge)
        emit(account, "payment_intent.payment_failed", intent)
        return refusal
    intent |= {"status": "succeeded", "last_payment_error": None, "payment_method": method["id"]}
    intent["amount_received"] = intent["amount"]
    emit(account, "charge.succeeded", charge)
    emit(account, "payment_intent.succeeded", intent)
    if behaviour is Behaviour.DISPUTED:
        open_dispute(account, charge, amount=charge["amount"], reason="fraudulent")
    return None


def cancel_payment_intent(account: Account, intent: Object, *, reason: str) -> None:
    if intent["status"] in ("succeeded", "canceled"):
        return
    intent |= {"status": "canceled", "cancellation_reason": reason, "canceled_at": account.now_of(intent)}
    emit(account, "payment_intent.canceled", intent)


def _new_charge(account: Account, intent: Object, method: Object, refusal: RefusedError | None) -> Object:
    paid = refusal is None
    error: Object = {} if refusal is None else refusal.error
    card = method["card"]
    amount = intent["amount"]
    outcome = {
        "advice_code": None if paid else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": None if paid else error.get("decline_code"),
        "risk_level": "normal",
        "seller_message": "Payment complete." if paid else "The bank did not return any further details.",
        "type": "authorized" if paid else "issuer_declined",
    }
    details = {name: card[name] for name in ("brand", "checks", "country", "exp_month", "exp_year", "funding", "last4")}
    return account.store.add(
        {
            "id": new_id("ch"),
            "object": "charge",
            "amount": amount,
            "amount_captured": amount if paid else 0,
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": method["billing_details"],
            "calculated_statement_descriptor": "CARBONLEDGER",
            "captured": paid,
            "created": account.now_of(intent),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": error.get("code"),
            "failure_message": error.get("message"),
            "fraud_details": {},
            "livemode": False,
            "metadata": {},
            "on_behalf_of": None,
            "outcome": outcome,
            "paid": paid,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {"type": "card", "card": details},
            "receipt_email": None,
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "statement_descriptor": None,
            "status": "succeeded" if paid else "failed",
        }
    )


def retrieve_payment_intent(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("payment_intent", call.id)


def list_payment_intents(account: Account, call: Call) -> Object:
    return _list(account, call, "payment_intent")


def retrieve_charge(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("charge", call.id)


def list_charges(account: Account, call: Call) -> Object:
    return _list(account, call, "charge")


def _list(account: Account, call: Call, kind: str) -> Object:
    form = call.form(PaymentList)
    fields = form.model_dump(include={"customer", "payment_intent"}, exclude_none=True)
    return listed(call, list(account.store.where(kind, **fields)), form, created=form.created)


ROUTES: list[Route] = [
    ("GET", "/v1/payment_intents", list_payment_intents),
    ("GET", "/v1/payment_intents/{id}", retrieve_payment_intent),
    ("GET", "/v1/charges", list_charges),
    ("GET", "/v1/charges/{id}", retrieve_charge),
]
