"""Disputes of charges: opened by a control route or a test card, closed as won or lost."""

from typing import Literal

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.events import emit, noting
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.refusal import Object, forbidden_state, wrong
from sandbox.stripe.store import new_id

_DAYS_TO_ANSWER = 7

# fmt: off
_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)
# fmt: on


class DisputeList(ListForm):
    charge: str | None = None
    payment_intent: str | None = None
    created: Created = None


def open_dispute(account: Account, charge: Object, *, amount: int, reason: str) -> Object:
    """The cardholder's bank takes the amount back. Raises RefusedError for a charge that cannot be disputed."""
    if not charge["paid"] or charge["disputed"]:
        raise forbidden_state("Only a paid charge without a dispute can be disputed.", "charge_not_disputable")
    if not 0 < amount <= charge["amount"]:
        raise wrong("amount", "The amount is not within the charge's.")
    now = account.now_of(charge)
    charge["disputed"] = True
    dispute = account.store.add(
        {
            "id": new_id("du"),
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": now,
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
            "evidence_details": {
                "due_by": now + _DAYS_TO_ANSWER * 86_400,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
    )
    emit(account, "charge.dispute.created", dispute)
    emit(account, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(account: Account, dispute: Object, *, status: Literal["won", "lost"]) -> Object:
    if dispute["status"] in ("won", "lost"):
        raise forbidden_state("This dispute is already closed.", "dispute_closed")
    with noting(account, dispute, "charge.dispute.closed"):
        dispute["status"] = status
    if status == "won":
        emit(account, "charge.dispute.funds_reinstated", dispute)
    return dispute


def accept_dispute(account: Account, call: Call) -> Object:
    """Closing a dispute over the API gives it up."""
    call.plain()
    return close_dispute(account, account.store.get("dispute", call.id), status="lost")


def retrieve_dispute(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("dispute", call.id)


def list_disputes(account: Account, call: Call) -> Object:
    form = call.form(DisputeList)
    fields = form.model_dump(include={"charge", "payment_intent"}, exclude_none=True)
    return listed(call, list(account.store.where("dispute", **fields)), form, created=form.created)


ROUTES: list[Route] = [
    ("GET", "/v1/disputes", list_disputes),
    ("GET", "/v1/disputes/{id}", retrieve_dispute),
    ("POST", "/v1/disputes/{id}/close", accept_dispute),
]
