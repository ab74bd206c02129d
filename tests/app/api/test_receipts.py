"""/v1/receipts: what is listed, in which order, to whom, and what a receipt that is being prepared shows."""

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database
from receipts.issue import issue_due
from receipts.voids import void
from tests.app.receipts.ledger import issuing, receipt_ledger
from tests.app.receipts.owners import order_by_hand, owner_of
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL, a_tenant
from tests.conftest import NOON
from tests.receipts.closed_periods import closed_period

pytestmark = pytest.mark.database

SERIAL = "CLT-2026-10-7F3K9QX2-M"


def test_a_receipt_in_preparation_says_so_and_has_no_files(api: httpx.Client, database: Database) -> None:
    period = closed_period(database)
    ada = owner_of(database, period, now=NOON)
    order_by_hand(database, period, serial=SERIAL, at=period.closed_at)
    listed = api.get("/v1/receipts", headers=ada.by_read_key).json()
    one = api.get(f"/v1/receipts/{SERIAL}", headers=ada.by_cookie).json()
    assert listed == {"data": [one], "next_cursor": None}
    assert (one["state"], one["serial"], one["test"], one["legal_name"]) == ("preparing", SERIAL, True, "Ada & Söhne")
    assert one["period"] == {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
    assert one["retired_grams"] == period.grams
    assert [one[name] for name in ("kid", "document_sha256", "pdf_sha256", "log_index", "issued_at")] == [None] * 5
    files = {"pdf", "json", "tlog_proof", "sealed_usage"}
    assert {name: link for name, link in one["links"].items() if name in files} == dict.fromkeys(files)
    assert one["links"]["verify"] == f"{PUBLIC_URL}/verify/{SERIAL}"
    assert one["links"]["verify_in_full"] == f"{PUBLIC_URL}/verify/{SERIAL}?id={one['receipt_id']}"


def test_the_period_names_its_receipt_once_there_is_one(api: httpx.Client, database: Database) -> None:
    period = closed_period(database)
    ada = owner_of(database, period, now=NOON)
    (before,) = api.get("/v1/billing/periods", headers=ada.by_cookie).json()["data"]
    order_by_hand(database, period, serial=SERIAL, at=period.closed_at)
    (after,) = api.get("/v1/billing/periods", headers=ada.by_cookie).json()["data"]
    detail = api.get(f"/v1/billing/periods/{after['id']}", headers=ada.by_cookie).json()
    assert [each["receipt_serial"] for each in (before, after, detail)] == [None, SERIAL, SERIAL]


def test_receipts_are_listed_in_pages_by_period_and_by_state(api: httpx.Client, database: Database) -> None:
    october = closed_period(database)
    november = closed_period(database, after=october)
    ada = owner_of(database, october, now=NOON)
    serials = ["CLT-2026-10-00000000-A", "CLT-2026-11-00000000-B"]
    for period, serial in zip((october, november), serials, strict=True):
        order_by_hand(database, period, serial=serial, at=period.closed_at)

    def listed(**parameters: str | int) -> list[str]:
        answer = api.get("/v1/receipts", params=parameters, headers=ada.by_read_key)
        assert answer.status_code == 200, answer.text
        return [each["serial"] for each in answer.json()["data"]]

    assert listed() == serials
    assert listed(period_id=f"period_{november.period_id}") == serials[1:]
    assert (listed(state="preparing"), listed(state="issued")) == (serials, [])
    first = api.get("/v1/receipts", params={"limit": 1}, headers=ada.by_read_key).json()
    assert [each["serial"] for each in first["data"]] == serials[:1]
    assert listed(limit=1, cursor=first["next_cursor"]) == serials[1:]


@pytest.mark.parametrize("path", ["", ".json", ".pdf", ".tlog-proof", "/sealed-usage.jsonl"])
def test_a_receipt_of_another_organization_is_the_same_as_none(
    api: httpx.Client, database: Database, path: str
) -> None:
    period = closed_period(database)
    order_by_hand(database, period, serial=SERIAL, at=period.closed_at)
    bob = a_tenant(database, "Bob", now=NOON)
    foreign = api.get(f"/v1/receipts/{SERIAL}{path}", headers=bob.by_key)
    absent = api.get(f"/v1/receipts/CLT-2026-10-00000000-0{path}", headers=bob.by_key)
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.json() | {"request_id": ""} == absent.json() | {"request_id": ""}
    assert api.get("/v1/receipts", headers=bob.by_key).json()["data"] == []
    of_ada = api.get("/v1/receipts", params={"period_id": f"period_{period.period_id}"}, headers=bob.by_key)
    assert of_ada.json() | {"request_id": ""} == api.get(
        "/v1/receipts", params={"period_id": "period_987654321"}, headers=bob.by_key
    ).json() | {"request_id": ""}
    assert of_ada.status_code == 404


def test_a_key_without_the_scope_reads_no_receipt(api: httpx.Client, database: Database) -> None:
    period = closed_period(database)
    ada = owner_of(database, period, now=NOON)
    made = api.post("/v1/api-keys", json={"name": "w", "scopes": ["write"]}, headers=ada.by_cookie).json()["key"]
    answer = api.get("/v1/receipts", headers={"Authorization": f"Bearer {made}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_voided_receipt_says_why_and_what_takes_its_place(context: ServerContext, clock: FixedClock) -> None:
    settings = issuing(context.settings)
    ledger = receipt_ledger(context.database, settings)
    with serving(create_api(context)) as url, httpx.Client(base_url=url, headers=ledger.owner.by_read_key) as client:
        october, november = (each["serial"] for each in client.get("/v1/receipts").json()["data"])
        for serial, replace in ((october, True), (november, False)):
            void(
                context.database, ledger.secrets, serial=serial, reason_code="error_found", note="A sum was wrong.",
                replace=replace, actor="operator", now=NOON,
            )  # fmt: skip
        before = {each["serial"]: each["state"] for each in client.get("/v1/receipts").json()["data"]}
        issue_due(context.database, ledger.secrets, settings, clock=clock)
        first, second, third = client.get("/v1/receipts").json()["data"]
        still = client.get(f"/v1/receipts/{october}.pdf").status_code
        (of_period,) = client.get("/v1/receipts", params={"state": "superseded"}).json()["data"]
        periods = httpx.get(f"{url}/v1/billing/periods", headers=ledger.owner.by_cookie).json()["data"]
    assert before == {october: "voided", november: "voided", third["serial"]: "preparing"}
    assert [each["state"] for each in (first, second, third)] == ["superseded", "voided", "issued"]
    assert first["void"] == {
        "reason": "error_found",
        "note": "A sum was wrong.",
        "is_to_be_replaced": True,
        "voided_at": "2026-11-22T12:00:00Z",
    }
    assert (first["superseded_by"], third["supersedes"]) == (third["serial"], october)
    assert (first["period_id"], third["void"]) == (third["period_id"], None)
    assert (still, of_period) == (200, first)  # what was handed out stays as it is
    assert [period["receipt_serial"] for period in periods] == [third["serial"], november]
