"""The door to Stripe: what goes out, what comes back, and what never leaves it."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from billing import stripe_objects
from billing.errors import CardDeclinedError, StripeRefusedError, StripeUnavailableError, UnreadableStripeObjectError
from billing.idempotency_keys import LONGEST_KEY, idempotency_key
from billing.stripe_gateway import API_VERSION, StripeGateway
from tests.billing.shop import OPENED_ON
from tests.stripe_process import API_KEY, StripeSandbox


@pytest.fixture
def stripe(stripe_sandbox: StripeSandbox) -> StripeSandbox:
    stripe_sandbox.reset()
    stripe_sandbox.set_clock(OPENED_ON)
    return stripe_sandbox


@pytest.fixture
def gateway(stripe: StripeSandbox) -> Iterator[StripeGateway]:
    gateway = StripeGateway(API_KEY, api_base=stripe.url, retries=0)
    yield gateway
    gateway.close()


def a_subscriber(stripe: StripeSandbox, *, token: str = "tok_visa") -> tuple[str, str]:
    """(customer, subscription) of a starter that is paid."""
    client = stripe.client.v1
    customer = client.customers.create({"email": "eve@example.com", "name": "Eve"})
    card = client.payment_methods.create({"type": "card", "card": {"token": token}})
    client.payment_methods.attach(card.id, {"customer": customer.id})
    price = stripe.price("carbonledger_starter_monthly")
    subscription = client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": card.id}
    )
    return customer.id, subscription.id


def test_a_customer_is_made_once_however_often(gateway: StripeGateway, stripe: StripeSandbox) -> None:
    first = gateway.create_customer("org_1.7", name="Eve", email="eve@example.com")
    assert gateway.create_customer("org_1.7", name="Eve", email="eve@example.com") == first
    assert gateway.create_customer("org_2.7", name="Eve", email="eve@example.com") != first
    assert gateway.find_customer("org_1.7") == first
    assert gateway.find_customer("org_3.7") is None
    assert len(stripe.client.v1.customers.list().data) == 2


def test_a_create_whose_answer_was_lost_is_repeated_and_done_once(stripe: StripeSandbox) -> None:
    gateway = StripeGateway(API_KEY, api_base=stripe.url, retries=1)
    stripe.fail_next(method="POST", path="/v1/customers", when="after")
    customer_id = gateway.create_customer("org_1.7", name="Eve", email="eve@example.com")
    assert [customer.id for customer in stripe.client.v1.customers.list().data] == [customer_id]
    gateway.close()


@pytest.mark.parametrize("status", [500, 502, 503, 429, 409])
def test_what_may_pass_is_transient(gateway: StripeGateway, stripe: StripeSandbox, status: int) -> None:
    stripe.fail_next(status=status)
    with pytest.raises(StripeUnavailableError):
        gateway.subscriptions("cus_1")


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_will_not_pass_is_permanent(gateway: StripeGateway, stripe: StripeSandbox, status: int) -> None:
    stripe.fail_next(status=status)
    with pytest.raises(StripeRefusedError):
        gateway.subscriptions("cus_1")


def test_a_connection_that_breaks_off_is_transient(gateway: StripeGateway, stripe: StripeSandbox) -> None:
    stripe.fail_next(when="after")
    with pytest.raises(StripeUnavailableError):
        gateway.subscriptions("cus_1")


def test_a_server_that_is_not_there_is_transient() -> None:
    gateway = StripeGateway(API_KEY, api_base="http://127.0.0.1:9", retries=0)
    with pytest.raises(StripeUnavailableError):
        gateway.subscriptions("cus_1")
    gateway.close()


def test_a_declined_card_is_said_in_our_words(gateway: StripeGateway, stripe: StripeSandbox) -> None:
    stripe.fail_next(status=402)
    with pytest.raises(CardDeclinedError) as refusal:
        gateway.charges("cus_1")
    assert "Stripe" not in refusal.value.sentence


def test_no_error_holds_the_key_or_the_exception_that_does(stripe: StripeSandbox) -> None:
    gateway = StripeGateway("sk_test_hunter2", api_base=stripe.url, retries=0)
    with pytest.raises(StripeRefusedError) as refusal:
        gateway.subscriptions("cus_1")
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
    gateway.close()


def test_nothing_of_the_environment_comes_between(
    stripe: StripeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would see what we buy, and a .netrc would replace the key."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login eve password eve\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    fresh = StripeGateway(API_KEY, api_base=stripe.url, retries=0)
    assert fresh.subscriptions("cus_1") == []
    fresh.close()


@pytest.mark.parametrize(("key", "is_livemode"), [("sk_test_1", False), ("rk_test_1", False), ("rk_live_1", True)])
def test_the_key_says_whether_it_is_for_real(key: str, is_livemode: bool) -> None:
    assert StripeGateway(key, api_base="http://127.0.0.1:9").is_livemode is is_livemode


def test_a_subscription_and_its_invoice_as_we_read_them(gateway: StripeGateway, stripe: StripeSandbox) -> None:
    customer_id, subscription_id = a_subscriber(stripe)
    (subscription,) = gateway.subscriptions(customer_id)
    (invoice,) = gateway.invoices(customer_id)
    (line,) = invoice.lines
    (charge,) = gateway.charges(customer_id)
    assert (subscription.id, subscription.status, subscription.price.lookup_key) == (
        subscription_id, "active", "carbonledger_starter_monthly",
    )  # fmt: skip
    assert subscription.started_at == subscription.current_started_at == line.started_at == OPENED_ON
    assert subscription.current_ended_at == line.ended_at == OPENED_ON.replace(month=12)
    assert (invoice.subscription_id, invoice.status, invoice.paid_at) == (subscription_id, "paid", OPENED_ON)
    assert (invoice.total_cents, line.amount_cents, line.is_proration) == (2_900, 2_900, False)
    assert gateway.price(line.price_id) == subscription.price
    assert charge.payment_intent_id is not None
    assert gateway.invoices_paid_by(charge.payment_intent_id) == [invoice.id]


def read_fields(plain: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field below."""
    places = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in places:
        if isinstance(plain, dict):
            yield (*path, key)
        yield from read_fields(value, (*path, key))


def without(plain: Any, path: tuple[Any, ...]) -> Any:
    left = copy.deepcopy(plain)
    inner = left
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return left


READERS: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "subscription": (
        stripe_objects.subscription,
        {"id", "customer", "status", "items", "start_date", "trial_start", "trial_end", "cancel_at_period_end",
         "cancel_at", "ended_at", "pause_collection", "pending_update", "latest_invoice"},
    ),
    "invoice": (
        stripe_objects.invoice,
        {"id", "parent", "billing_reason", "status", "currency", "total", "amount_paid", "attempt_count",
         "hosted_invoice_url", "created", "status_transitions", "lines"},
    ),
    "charge": (stripe_objects.charge, {"id", "customer", "payment_intent", "amount_refunded", "disputed"}),
    "event": (
        lambda plain: (stripe_objects.event(plain), stripe_objects.event_subject(plain)),
        {"id", "type", "api_version", "livemode", "created", "data"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", READERS)
def test_an_object_that_lacks_what_we_read_is_refused(stripe: StripeSandbox, kind: str) -> None:
    """Each field is taken away in turn: what is read then differs or is refused, and never is a silent zero."""
    customer_id, subscription_id = a_subscriber(stripe)
    client = stripe.client.v1
    plain = {
        "subscription": client.subscriptions.retrieve(subscription_id).to_dict(for_json=True),
        "invoice": client.invoices.list({"customer": customer_id}).data[0].to_dict(for_json=True),
        "charge": client.charges.list({"customer": customer_id}).data[0].to_dict(for_json=True),
        "event": client.events.list({"type": "invoice.paid"}).data[0].to_dict(for_json=True),
    }[kind]
    reader, needed = READERS[kind]
    whole = stripe_objects.read(kind, reader, plain)
    refused = set()
    for path in read_fields(plain):
        try:
            assert stripe_objects.read(kind, reader, without(plain, path)) == whole
        except UnreadableStripeObjectError:
            refused.add(path[0])
    assert refused == needed


def test_a_key_is_the_same_for_the_same_facts_and_never_too_long() -> None:
    assert idempotency_key("plan", "sub_1", "price_2") == "carbonledger:plan:sub_1:price_2"
    long = idempotency_key("plan", "x" * 300)
    assert len(long) <= LONGEST_KEY
    assert long == idempotency_key("plan", "x" * 300)
    assert long != idempotency_key("plan", "x" * 301)


def test_the_api_version_is_pinned_by_name() -> None:
    assert API_VERSION == "2026-10-28.endive"
