"""The broker's sandbox answers as CNaught publishes it: docs.cnaught.com/api-reference/orders, read on 2026-11-22."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.billing.credits.broker_process import KEY, PORTFOLIO, start_broker_sandbox

# The fields of the published examples and of the models of CNaught's own SDK (cnaught-node-sdk, src/models).
OF_A_LISTED_ORDER = {
    "id", "order_number", "created_on", "metadata", "description", "amount_kg", "state", "price_usd_cents",
    "certificate_public_url", "certificate_download_public_url",
}  # fmt: skip
BODY = {"amount_kg": 2_000, "portfolio_id": PORTFOLIO, "metadata": "ours", "description": "On behalf of Jane Smith"}
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def broker() -> Iterator[httpx.Client]:
    with (
        start_broker_sandbox(now=datetime(2026, 12, 1, tzinfo=UTC)) as sandbox,
        httpx.Client(base_url=sandbox.base_url, headers=BEARER) as client,
    ):
        yield client


def test_an_order_is_fulfilled_with_serial_numbers_of_its_portfolio(broker: httpx.Client) -> None:
    answer = broker.post("/orders", json=BODY)
    order: dict[str, Any] = answer.json()
    assert (answer.status_code, order["state"], order["amount_kg"]) == (201, "fulfilled", 2_000)
    assert order.keys() == OF_A_LISTED_ORDER | {"project_allocations"}
    (allocation,) = order["project_allocations"]
    assert allocation["retirements"] == [
        {
            "serial_number_range": "ACR-US-934-2024-2891-58384 to 58385",
            "url": f"https://registry.example/retirements/{order['id']}",
        }
    ]
    assert broker.get(f"/orders/{order['id']}").json() == order
    assert httpx.get(order["certificate_download_public_url"]).content.startswith(b"%PDF-")


def test_a_key_makes_one_order_and_its_replay_is_flagged(broker: httpx.Client) -> None:
    answers = [broker.post("/orders", json=BODY, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert [answer.headers.get("x-idempotent-replay") for answer in answers] == [None, "true"]
    assert answers[0].json() == answers[1].json()
    changed = broker.post("/orders", json=BODY | {"amount_kg": 1}, headers={"Idempotency-Key": "one"})
    assert (changed.status_code, changed.json()["type"]) == (
        422,
        "https://api.cnaught.com/v1/errors/idempotency-changed-payload",
    )


def test_the_list_goes_back_in_time_page_by_page(broker: httpx.Client) -> None:
    made = [broker.post("/orders", json=BODY | {"amount_kg": 1}).json()["id"] for _ in range(3)]
    page = broker.get("/orders", params={"limit": 2}).json()["data"]
    assert [order["id"] for order in page] == [made[2], made[1]]
    assert page[0].keys() == OF_A_LISTED_ORDER
    older = broker.get("/orders", params={"limit": 1, "starting_after": made[1]}).json()["data"]
    assert [order["id"] for order in older] == [made[0]]


@pytest.mark.parametrize(
    ("body", "headers", "status", "slug"),
    [
        (BODY | {"amount_kg": 100.5}, {}, 400, "invalid-parameters"),
        (BODY | {"portfolio_id": "another"}, {}, 400, "invalid-parameters"),
        (BODY | {"metadata": "x" * 513}, {}, 400, "invalid-parameters"),
        (BODY, {"Idempotency-Key": "x" * 513}, 400, "idempotency-key-too-long"),
        (BODY, {"Authorization": "Bearer another"}, 401, "unauthorized"),
    ],
)
def test_what_cannot_be_ordered_is_a_problem(
    broker: httpx.Client, body: dict[str, Any], headers: dict[str, str], status: int, slug: str
) -> None:
    answer = broker.post("/orders", json=body, headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, slug)


def test_an_order_that_the_portfolio_cannot_fulfil_stays_placed(broker: httpx.Client) -> None:
    order = broker.post("/orders", json=BODY | {"amount_kg": 900_000}).json()
    assert (order["state"], order["project_allocations"]) == ("placed", [])
