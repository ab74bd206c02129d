"""GET /verify/{serial}: what anybody is told of a receipt, and what only whoever holds it."""

import hashlib
import json
from datetime import date
from typing import Any

import httpx
import pytest
from carbonledger.verify import Trust, verify_receipt
from carbonledger.verify.serials import serial
from pydantic import SecretStr

from app.api.application import create_api
from app.verification.typed_serial import MistypedSerialError, typed_serial
from core.secret_store import SecretStore
from tests.app.serving import serving
from tests.app.verification.published import PAGE, Published, context_of
from tests.receipts.issued_receipts import PUBLIC_URL, IssuedReceipt

pytestmark = pytest.mark.database

UNKNOWN = str(serial(starts_on=date(2026, 10, 1), entropy=bytes(5), is_test=True))


class CountedSecrets:
    """The secret store of the issuer, counting how often it is asked."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store
        self.asked = 0

    def put(self, name: str, secret: SecretStr) -> str:
        return self._store.put(name, secret)

    def get(self, arn: str) -> SecretStr:
        self.asked += 1
        return self._store.get(arn)

    def delete(self, arn: str) -> None:
        self._store.delete(arn)


def ask(published: Published, receipt: IssuedReceipt, *, with_id: bool = False) -> dict[str, Any]:
    parameters = {"id": receipt.receipt_id} if with_id else {}
    answer = published.client.get(f"/verify/{receipt.serial}", params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_anybody_is_told_sums_status_signature_and_place_in_the_log(published: Published) -> None:
    receipt = published.october
    subject, proof = receipt.subject, receipt.document["proof"]
    (key,) = receipt.trust.receipt_keys.values()
    answer = ask(published, receipt)
    assert {outcome["name"]: outcome["outcome"] for outcome in answer.pop("checks")} == dict.fromkeys(
        ["format", "schema", "context", "issuer", "key", "signature", "arithmetic", "inclusion", "checkpoint"], "passed"
    )
    public_key = answer["signature"].pop("publicKey")
    assert answer == {
        "serial": receipt.serial,
        "issuer": "did:web:ledger.example",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"},
        "issuedMonth": "2027-01",
        "status": {"state": "valid", "reasonCode": None, "since": None, "supersededBy": None, "supersedes": None},
        "test": True,
        "isValid": True,
        "emissions": subject["emissions"],
        "retired": {
            "grams": subject["retired"]["grams"],
            "credits": [
                {
                    name: credit[name]
                    for name in (
                        "registry", "projectId", "serialNumberBlock", "registryRetirementId", "retiredOn", "grams"
                    )
                }
                for credit in subject["retired"]["credits"]
            ],
        },
        "sha256": hashlib.sha256(receipt.receipt).hexdigest(),
        "signature": {
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": f"did:web:ledger.example#{key.kid}",
            "proofValue": proof["proofValue"],
            "publicKeyMultibase": answer["signature"]["publicKeyMultibase"],
        },
        "log": {
            "origin": "ledger.example/log",
            "index": receipt.row["log_index"],
            "treeSize": receipt.row["log_size"],
            "proof": receipt.proof.decode(),
        },
        "legalName": None,
        "receipt": None,
        "links": None,
    }  # fmt: skip
    assert len(public_key) == 43


@pytest.mark.parametrize("headers", [{}, PAGE], ids=["program", "person"])
def test_without_the_id_there_is_no_name_and_no_line(published: Published, headers: dict[str, str]) -> None:
    receipt = published.october
    text = published.client.get(f"/verify/{receipt.serial}", headers=headers).text
    named = [receipt.subject["legalName"], receipt.receipt_id, "gpt-4o", "claude-sonnet-4-5", "Search", "Söhne"]
    assert [name for name in named if name in text] == []


def test_whoever_has_the_id_gets_the_receipt_and_its_files(published: Published) -> None:
    receipt = published.october
    answer = ask(published, receipt, with_id=True)
    assert answer["legalName"] == "Ada & Söhne"
    assert answer["receipt"] == json.loads(receipt.receipt)
    expected = {"json": receipt.receipt, "proof": receipt.proof, "pdf": receipt.pdf}
    assert answer["links"].keys() == expected.keys()
    for name, content in expected.items():
        file = published.client.get(answer["links"][name].removeprefix(PUBLIC_URL))
        assert file.content == content
        assert file.headers["Cache-Control"] == "private, no-store"
        assert file.headers["Content-Disposition"].startswith(f'attachment; filename="{receipt.serial}.')


def test_what_is_handed_out_verifies_offline_with_the_library(published: Published) -> None:
    links = ask(published, published.october, with_id=True)["links"]
    receipt, proof = (published.client.get(links[name].removeprefix(PUBLIC_URL)).content for name in ("json", "proof"))
    trust: Trust = published.october.trust
    assert verify_receipt(receipt, proof=proof, trust=trust).is_valid


def test_a_voided_receipt_says_so_with_its_reason_and_month(published: Published) -> None:
    assert ask(published, published.issued.voided)["status"] == {
        "state": "voided", "reasonCode": "error_found", "since": "2027-01", "supersededBy": None, "supersedes": None
    }  # fmt: skip


def test_a_replaced_receipt_and_its_replacement_name_each_other(published: Published) -> None:
    replaced, replacement = published.issued.replaced, published.issued.replacement
    assert ask(published, replaced)["status"] == {
        "state": "superseded",
        "reasonCode": "error_found",
        "since": "2027-01",
        "supersededBy": replacement.serial,
        "supersedes": None,
    }
    assert ask(published, replacement)["status"] == {
        "state": "valid", "reasonCode": None, "since": None, "supersededBy": None, "supersedes": replaced.serial
    }  # fmt: skip


def test_what_is_not_there_not_yet_no_more_or_not_ones_own_is_one_answer_after_the_same_work(
    published: Published,
) -> None:
    issued = published.issued
    asked = {
        UNKNOWN: None,
        issued.ordered_serial: None,
        issued.erased.serial: None,
        UNKNOWN + "?id=": issued.october.receipt_id,
        issued.ordered_serial + "?id=": issued.ordered_id,
        issued.erased.serial + "?id=": issued.erased.receipt_id,
        issued.october.serial + "?id=": issued.november.receipt_id,
    }
    secrets = CountedSecrets(issued.october.home.secrets)
    answers, reads = [], []
    application = create_api(context_of(issued, published.clock, secrets=secrets))
    with serving(application) as url, httpx.Client(base_url=url, timeout=60) as client:
        for path, receipt_id in asked.items():
            before = secrets.asked
            answers.append(client.get(f"/verify/{path}{receipt_id or ''}"))
            reads.append(secrets.asked - before)
    assert {answer.status_code for answer in answers} == {404}
    assert len({json.dumps(answer.json() | {"request_id": ""}) for answer in answers}) == 1
    assert answers[0].json()["code"] == "no-such-receipt"
    assert len({tuple(sorted(set(answer.headers) - {"x-request-id", "date"})) for answer in answers}) == 1
    assert reads == [1] * len(asked)


@pytest.mark.parametrize("identifier", ["", "0" * 32, "é", "%00", "x" * 5_000])
@pytest.mark.parametrize("path", ["", "/receipt.json", "/receipt.pdf", "/receipt.tlog-proof"])
def test_another_id_opens_nothing(published: Published, path: str, identifier: str) -> None:
    answer = published.client.get(f"/verify/{published.october.serial}{path}?id={identifier}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-receipt")


def test_files_are_for_holders_of_the_id_only(published: Published) -> None:
    answer = published.client.get(f"/verify/{published.october.serial}/receipt.json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("headers", [{}, PAGE], ids=["program", "person"])
def test_a_wrong_check_character_is_called_a_slip_whatever_is_there(
    published: Published, headers: dict[str, str]
) -> None:
    own = published.october.serial
    wrong = own[:-1] + ("0" if own[-1] != "0" else "1")
    answers = [published.client.get(f"/verify/{text}", headers=headers) for text in (wrong, UNKNOWN[:-1] + "0", "CL")]
    assert {answer.status_code for answer in answers} == {422}
    assert all("looks mistyped" in answer.text for answer in answers)


@pytest.mark.parametrize(
    "typed",
    [
        "clt-2026-10-{random}-{end}",
        "CLT 2026 10 {random} {end}",
        "clt202610{random}{end}",
        " CLT–2026–10–{random}–{end}",
    ],
)
def test_a_serial_is_read_however_it_was_typed(published: Published, typed: str) -> None:
    own = published.october.serial
    *_, random, end = own.split("-")
    parameters = {"id": published.october.receipt_id}
    answer = published.client.get(f"/verify/{typed.format(random=random.lower(), end=end)}", params=parameters)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"/verify/{own}?id={published.october.receipt_id}"


def test_letters_that_serials_do_not_have_are_read_as_the_digits_they_look_like() -> None:
    assert typed_serial(UNKNOWN.replace("00000000", "OOOO0000")) == UNKNOWN
    for text in ("", "CLT", "x" * 1_000, "CLT-2026-13-00000000-0", "\x00", UNKNOWN + UNKNOWN):
        with pytest.raises(MistypedSerialError):
            typed_serial(text)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/html;q=0", "application/json"),
        ("text/html;q=x", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
        (PAGE["Accept"], "text/html; charset=utf-8"),
        ("text/html;q=0.9, application/json;q=0.8", "text/html; charset=utf-8"),
    ],
)
def test_programs_get_json_and_people_a_page(published: Published, accept: str | None, media_type: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = published.client.get(f"/verify/{published.october.serial}", headers=headers)
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("headers", [{}, PAGE], ids=["program", "person"])
def test_what_everybody_sees_is_kept_for_a_minute_and_asked_for_by_its_tag(
    published: Published, headers: dict[str, str]
) -> None:
    path = f"/verify/{published.october.serial}"
    first = published.client.get(path, headers=headers)
    assert first.headers["Cache-Control"] == "public, max-age=60"
    again = published.client.get(path, headers=headers | {"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    own = published.client.get(path, params={"id": published.october.receipt_id}, headers=headers)
    assert own.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in own.headers


def test_look_ups_are_counted_by_address(published: Published) -> None:
    statuses = [published.client.get(f"/verify/{UNKNOWN}").status_code for _ in range(121)]
    assert statuses == [404] * 120 + [429]
    refused = published.client.get(f"/verify/{published.october.serial}", headers=PAGE)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "Too many attempts" in refused.text


def test_a_page_shows_people_what_programs_are_told(published: Published) -> None:
    issued = published.issued
    pages = {
        receipt.serial: published.client.get(
            f"/verify/{receipt.serial}", headers=PAGE, params={"id": receipt.receipt_id}
        ).text
        for receipt in (issued.november, issued.voided, issued.replaced)
    }
    november = pages[issued.november.serial]
    assert "This receipt is genuine, and it holds" in november
    assert "Ada &amp; Söhne" in november
    assert "Adjustments of earlier periods" in november
    assert november.count('data-outcome="passed"') == 9
    assert "TEST" in november
    assert "An error was found in it. It no longer states anything." in pages[issued.voided.serial]
    assert f'href="/verify/{issued.replacement.serial}"' in pages[issued.replaced.serial]
    assert [own for own, page in pages.items() if "<script" in page] == []
