"""Refunds, credit notes and disputes."""

import httpx
import pytest
import stripe

from tests.sandbox.stripe.subscriber import Subscriber
from tests.stripe_process import FAILING_CARD


@pytest.fixture
def paid(subscriber: Subscriber) -> Subscriber:
    subscriber.subscribe()
    return subscriber


def payment_intent(subscriber: Subscriber) -> str:
    payment = subscriber.api.invoice_payments.list({"invoice": subscriber.invoices()[0].id}).data[0].payment
    assert isinstance(payment.payment_intent, str)
    return payment.payment_intent


def test_a_refund_leaves_the_invoice_paid(paid: Subscriber) -> None:
    intent = payment_intent(paid)
    refund = paid.api.refunds.create({"payment_intent": intent, "amount": 2_000})
    assert (refund.status, refund.amount, paid.invoices()[0].status) == ("succeeded", 2_000, "paid")
    charge = paid.api.charges.retrieve(str(refund.charge))
    assert (charge.amount_refunded, charge.refunded) == (2_000, False)
    paid.api.refunds.create({"charge": charge.id})
    assert paid.api.charges.retrieve(charge.id).refunded
    assert [event.data.object["amount_refunded"] for event in paid.events("charge.refunded")] == [2_000, 9_900]


def test_more_than_is_left_cannot_be_refunded(paid: Subscriber) -> None:
    intent = payment_intent(paid)
    paid.api.refunds.create({"payment_intent": intent, "amount": 9_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        paid.api.refunds.create({"payment_intent": intent, "amount": 901})
    paid.api.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        paid.api.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"


def test_from_a_charge_one_finds_its_invoice(paid: Subscriber) -> None:
    intent = payment_intent(paid)
    found = paid.api.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}}).data
    assert [payment.invoice for payment in found] == [paid.invoices()[0].id]


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_dispute_is_opened_and_closed_by_the_controls(paid: Subscriber, status: str) -> None:
    opened = paid.sandbox.dispute(invoice=paid.invoices()[0].id)
    assert (opened["status"], opened["amount"]) == ("needs_response", 9_900)
    assert paid.api.charges.retrieve(opened["charge"]).disputed
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        paid.api.refunds.create({"charge": opened["charge"]})
    paid.sandbox.dispute(dispute=opened["id"], status=status)
    closed = paid.events("charge.dispute.closed")
    assert [event.data.object["status"] for event in closed] == [status]
    assert len(paid.events("charge.dispute.funds_reinstated")) == (status == "won")
    with pytest.raises(httpx.HTTPStatusError):
        paid.sandbox.dispute(dispute=opened["id"], status=status)


def test_a_card_of_the_testing_page_disputes_by_itself(paid: Subscriber) -> None:
    paid.use_card("4000000000000259")
    paid.change("carbonledger_scale_monthly", proration_behavior="always_invoice")
    assert [event.data.object["reason"] for event in paid.events("charge.dispute.created")] == ["fraudulent"]


def test_a_credit_note_on_a_paid_invoice_refunds_or_credits(paid: Subscriber) -> None:
    invoice = paid.invoices()[0].id
    note = paid.api.credit_notes.create({"invoice": invoice, "amount": 3_000, "refund_amount": 1_000})
    assert (note.type, note.post_payment_amount, note.refunds[0].amount_refunded) == ("post_payment", 3_000, 1_000)
    assert paid.api.customers.retrieve(paid.customer).balance == -2_000
    assert paid.invoices()[0].post_payment_credit_notes_amount == 3_000
    with pytest.raises(stripe.InvalidRequestError, match="cannot exceed"):
        paid.api.credit_notes.create({"invoice": invoice, "amount": 6_901})


def test_a_credit_note_on_an_open_invoice_asks_for_less(subscriber: Subscriber) -> None:
    subscriber.use_card(FAILING_CARD)
    subscriber.subscribe()
    invoice = subscriber.invoices()[0]
    subscriber.api.credit_notes.create({"invoice": invoice.id, "amount": 900})
    assert subscriber.invoices()[0].amount_remaining == 9_000
    subscriber.api.credit_notes.create({"invoice": invoice.id, "amount": 9_000})
    assert (subscriber.invoices()[0].status, subscriber.subscription().status) == ("paid", "active")


def test_void_and_uncollectible_invoices(subscriber: Subscriber) -> None:
    subscriber.use_card(FAILING_CARD)
    subscriber.subscribe()
    invoice = subscriber.invoices()[0].id
    assert subscriber.api.invoices.mark_uncollectible(invoice).status == "uncollectible"
    assert subscriber.api.invoices.void_invoice(invoice).status == "void"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be paid"):
        subscriber.api.invoices.pay(invoice)


def test_an_uncollectible_invoice_can_be_paid_out_of_band(subscriber: Subscriber) -> None:
    subscriber.use_card(FAILING_CARD)
    subscriber.subscribe()
    invoice = subscriber.invoices()[0].id
    subscriber.api.invoices.mark_uncollectible(invoice)
    assert subscriber.api.invoices.pay(invoice, {"paid_out_of_band": True}).status == "paid"
    assert (len(subscriber.events("invoice.paid")), subscriber.events("invoice.payment_succeeded")) == (1, [])
