"""Requests: keys, parameters, errors, pages, expansion, search; as stripe-python sees them."""

from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.subscriber import START, Subscriber, item_of, seconds, utc
from tests.stripe_process import API_KEY, FAILING_CARD, StripeSandbox

AUTHORIZED = {"Authorization": f"Bearer {API_KEY}"}


@pytest.mark.parametrize("authorization", [None, "Bearer sk_test_another", f"Basic {API_KEY}", "Bearer sk_live_x"])
def test_without_the_key_nothing_is_answered(sandbox: StripeSandbox, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    refused = sandbox.http.get("/v1/customers", headers=headers)
    assert (refused.status_code, refused.json()["error"]["type"]) == (401, "invalid_request_error")


def test_another_api_version_is_refused(sandbox: StripeSandbox) -> None:
    refused = sandbox.http.get("/v1/customers", headers=AUTHORIZED | {"Stripe-Version": "2020-08-27"})
    assert (refused.status_code, stripe.api_version) == (400, "2026-10-28.endive")


@pytest.mark.parametrize(
    ("path", "form", "status", "code", "param"),
    [
        ("/v1/customers/cus_0", None, 404, "resource_missing", "id"),
        ("/v1/charges_of_mine", None, 404, None, None),
        ("/v1/subscriptions", {"customer": "cus_0"}, 400, "parameter_missing", "items"),
        ("/v1/customers", {"colour": "red"}, 400, "parameter_unknown", "colour"),
        ("/v1/customers", {"invoice_settings[colour]": "red"}, 400, "parameter_unknown", "invoice_settings[colour]"),
        ("/v1/customers", {"test_clock": "clock_0"}, 400, "resource_missing", "test_clock"),
        ("/v1/events?limit=101", None, 400, "parameter_invalid", "limit"),
        ("/v1/events?starting_after=evt_0", None, 400, "resource_missing", "starting_after"),
        ("/v1/prices?expand[]=data.colour", None, 400, None, None),
    ],
)
def test_errors_say_what_and_where(
    sandbox: StripeSandbox, path: str, form: dict[str, str] | None, status: int, code: str | None, param: str | None
) -> None:
    method = "GET" if form is None else "POST"
    answer = sandbox.http.request(method, path, data=form, headers=AUTHORIZED)
    error = answer.json().get("error", {})
    assert (answer.status_code, error.get("code"), error.get("param")) == (status, code, param)


def test_pages_go_both_ways(sandbox: StripeSandbox) -> None:
    api = sandbox.client.v1
    made = [api.customers.create({"name": f"customer {number}"}).id for number in range(5)][::-1]
    first = api.customers.list({"limit": 2})
    second = api.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    last = api.customers.list({"limit": 2, "starting_after": second.data[-1].id})
    assert [one.id for page in (first, second, last) for one in page.data] == made
    assert [page.has_more for page in (first, second, last)] == [True, True, False]
    back = api.customers.list({"limit": 3, "ending_before": made[4]})
    assert ([one.id for one in back.data], back.has_more) == (made[1:4], True)
    assert [one.id for one in api.customers.list({"limit": 2}).auto_paging_iter()] == made


def test_customers_are_found_by_email_and_by_metadata(sandbox: StripeSandbox) -> None:
    api = sandbox.client.v1
    mine = api.customers.create({"email": "ada@example.org", "metadata": {"organization": "o1", "tier": "free"}})
    api.customers.create({"email": "grace@example.org", "metadata": {"organization": "o2", "tier": "free"}})
    assert [one.id for one in api.customers.list({"email": "ada@example.org"}).data] == [mine.id]
    query = "metadata['organization']:'o1' AND metadata['tier']:'free'"
    assert [one.id for one in api.customers.search({"query": query}).data] == [mine.id]
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.search({"query": "organization is o1"})


def test_metadata_is_merged_and_emptied(sandbox: StripeSandbox) -> None:
    api = sandbox.client.v1
    customer = api.customers.create({"metadata": {"a": "1", "b": "2"}}).id
    wishes: list[Any] = [{"b": "", "c": "3"}, ""]
    merged, emptied = (api.customers.update(customer, {"metadata": wish}).metadata for wish in wishes)
    assert merged is not None
    assert merged.to_dict() == {"a": "1", "c": "3"}
    assert emptied is not None
    assert emptied.to_dict() == {}


def test_the_catalogue_has_our_tiers(sandbox: StripeSandbox) -> None:
    found = {
        price.lookup_key: (price.unit_amount, price.recurring.interval if price.recurring else None)
        for price in sandbox.client.v1.prices.list({"limit": 100, "active": True}).data
    }
    assert found == {
        "carbonledger_starter_monthly": (2_900, "month"),
        "carbonledger_starter_annual": (29_000, "year"),
        "carbonledger_growth_monthly": (9_900, "month"),
        "carbonledger_growth_annual": (99_000, "year"),
        "carbonledger_scale_monthly": (29_900, "month"),
        "carbonledger_scale_annual": (299_000, "year"),
        "carbonledger_starter_trial": (2_900, "month"),
    }


def test_objects_are_expanded_where_asked(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    params: Any = {"expand": ["data.latest_invoice.payments", "data.customer"]}
    found = subscriber.api.subscriptions.list(params).data[0]
    assert isinstance(found.customer, stripe.Customer)
    assert isinstance(found.latest_invoice, stripe.Invoice)
    assert found.latest_invoice.payments is not None
    deep: Any = {"expand": ["payments.data.payment.payment_intent"]}
    payments = subscriber.api.invoices.retrieve(found.latest_invoice.id, deep).payments
    assert payments is not None
    intent = payments.data[0].payment.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.status == "succeeded"
    assert isinstance(subscriber.subscription().latest_invoice, str)


def test_events_are_filtered_by_type_and_time(subscriber: Subscriber) -> None:
    subscriber.sandbox.set_clock(utc(2026, 12, 20))
    subscriber.subscribe()
    subscriber.advance(utc(2026, 12, 10, 13))
    api = subscriber.api
    both = api.events.list({"types": ["invoice.paid", "invoice.created"]}).data
    assert [event.type for event in both] == ["invoice.paid", "invoice.created"]  # those of 40 days ago are gone
    later = api.events.list({"type": "invoice.*", "created": {"gt": seconds(utc(2026, 12, 10, 12))}}).data
    assert [event.type for event in later] == ["invoice.payment_succeeded", "invoice.paid", "invoice.finalized"]
    assert api.events.retrieve(later[0].id).type == "invoice.payment_succeeded"


def test_events_tell_which_request_caused_them_and_what_was_before(sandbox: StripeSandbox) -> None:
    api = sandbox.client.v1
    customer = api.customers.create({"name": "Ada"}, {"idempotency_key": "customer:1"})
    api.customers.update(customer.id, {"name": "Ada Lovelace"})
    updated, created = api.events.list().data
    assert created.request is not None
    assert created.request.idempotency_key == "customer:1"
    assert updated.data.previous_attributes is not None
    assert updated.data.previous_attributes.to_dict() == {"name": "Ada"}


def test_subscriptions_are_listed_by_status(subscriber: Subscriber) -> None:
    subscriber.subscribe()
    subscriber.api.subscriptions.cancel(subscriber.subscription().id)
    kept = subscriber.subscribe()
    listed: Any = subscriber.api.subscriptions.list
    assert [one.id for one in listed({"customer": subscriber.customer}).data] == [kept.id]
    assert len(listed({"customer": subscriber.customer, "status": "all"}).data) == 2
    assert [one.status for one in listed({"status": "canceled"}).data] == ["canceled"]


def test_a_card_that_is_declined_cannot_be_attached_and_is_kept_without_its_number(sandbox: StripeSandbox) -> None:
    subscriber = Subscriber(sandbox, card=None)
    with pytest.raises(stripe.CardError) as refused:
        subscriber.use_card("4000000000000002")
    assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)
    subscriber.use_card(FAILING_CARD)
    listed = sandbox.http.get(f"/v1/customers/{subscriber.customer}/payment_methods", headers=AUTHORIZED)
    assert [method["card"]["last4"] for method in listed.json()["data"]] == ["0341"]
    assert "4000000000000341" not in listed.text.replace(" ", "")


def test_a_new_default_card_is_used_unless_the_subscription_names_its_own(subscriber: Subscriber) -> None:
    own = subscriber.use_card("4242424242424242")
    subscriber.subscribe(default_payment_method=own)
    subscriber.use_card(FAILING_CARD)
    subscriber.advance(utc(2026, 12, 10, 13))
    assert subscriber.invoices()[1].status == "paid"


def test_test_clocks_only_go_forward(subscriber: Subscriber) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        subscriber.advance(START)
    clock = subscriber.api.test_helpers.test_clocks.retrieve(subscriber.clock)
    assert (clock.status, clock.frozen_time) == ("ready", seconds(START))
    assert item_of(subscriber.subscribe()).created == seconds(START)
