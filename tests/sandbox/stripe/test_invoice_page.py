"""The hosted page of an invoice."""

from tests.sandbox.stripe.subscriber import Subscriber
from tests.stripe_process import DECLINED_CARD, FAILING_CARD, GOOD_CARD, StripeSandbox


def test_an_open_invoice_is_paid_with_a_typed_card(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, card=FAILING_CARD)
    subscriber.subscribe()
    url = str(subscriber.invoices()[0].hosted_invoice_url)
    page = sandbox.http.get(url).raise_for_status().text
    assert "Pay $99.00" in page
    declined = sandbox.pay_checkout(url, DECLINED_CARD)
    assert (declined.status_code, "Your card was declined." in declined.text) == (402, True)
    assert sandbox.pay_checkout(url, GOOD_CARD).status_code == 303
    assert (subscriber.invoices()[0].status, subscriber.subscription().status) == ("paid", "active")
    assert "Pay $" not in sandbox.http.get(url).text
    assert "already paid" in sandbox.pay_checkout(url, GOOD_CARD).text


def test_an_unknown_invoice_has_no_page(sandbox: StripeSandbox) -> None:
    assert sandbox.http.get("/i/in_0").status_code == 404
