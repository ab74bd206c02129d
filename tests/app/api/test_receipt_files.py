"""The files of issued receipts: the signed bytes, their hashes as ETags, and the log's proof; to their owner alone."""

import hashlib
import json
from collections.abc import Iterator

import httpx
import pytest
from carbonledger.verify.canonical import canonical
from carbonledger.verify.pdf import verify_pdf
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.recompute import recompute
from carbonledger.verify.strict_json import parse_object
from carbonledger.verify.trust import Trust

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from core.secret_store import secret_store
from core.settings import Settings
from receipts.keys.history import key_history
from tests.app.receipts.ledger import ReceiptLedger, issuing, receipt_ledger
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL, a_tenant
from tests.conftest import NOON, _drop

pytestmark = pytest.mark.database

FILES = {
    ".json": ("application/vc", "json"),
    ".pdf": ("application/pdf", "pdf"),
    ".tlog-proof": ("text/plain; charset=utf-8", "tlog_proof"),
    "/sealed-usage.jsonl": ("application/jsonl", "sealed_usage"),
}


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, template_database: str
) -> Iterator[ServerContext]:
    name = f"files_{random_token()[:12].lower().replace('-', '_')}"
    home = tmp_path_factory.mktemp("files") / "home"
    settings = issuing(Settings(home=home, public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None))
    urls = DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))
    with Database(urls) as database:
        yield ServerContext(settings, database, secret_store(settings), {}, FixedClock(NOON))
    _drop(postgres_url, name)


@pytest.fixture(scope="module")
def ledger(context: ServerContext) -> ReceiptLedger:
    return receipt_ledger(context.database, context.settings)


@pytest.fixture(scope="module")
def client(context: ServerContext) -> Iterator[httpx.Client]:
    with serving(create_api(context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def get(client: httpx.Client, ledger: ReceiptLedger, path: str, **headers: str) -> httpx.Response:
    return client.get(f"/v1/receipts{path}", headers=ledger.owner.by_read_key | headers)


def last_serial(client: httpx.Client, ledger: ReceiptLedger) -> str:
    """November's, which has adjustments and a hole."""
    serial: str = get(client, ledger, "").json()["data"][-1]["serial"]
    return serial


def test_what_is_listed_is_what_was_signed(client: httpx.Client, ledger: ReceiptLedger) -> None:
    listed = get(client, ledger, "").json()["data"]
    assert [each["state"] for each in listed] == ["issued", "issued"]
    for body in listed:
        document = get(client, ledger, f"/{body['serial']}.json").content
        subject = json.loads(document)["credentialSubject"]
        grams = {bound: grams_of(subject["emissions"][bound]) for bound in ("low", "central", "high")}
        retired = subject["retired"]
        assert body["co2e_grams"] == grams
        assert (body["retired_grams"], body["not_covered_grams"]) == (
            int(retired["grams"]),
            grams_of(retired["notCoveredMicrograms"]),
        )
        coverage = subject["coverage"]
        assert (body["known_hours"], body["missing_hours"]) == (coverage["knownHours"], coverage["missingHours"])
        assert (body["serial"], body["receipt_id"]) == (subject["serial"], subject["receiptId"])
        assert body["document_sha256"] == hashlib.sha256(document).hexdigest()


@pytest.mark.parametrize("path", FILES)
def test_a_file_has_its_type_its_name_and_its_hash(client: httpx.Client, ledger: ReceiptLedger, path: str) -> None:
    serial = last_serial(client, ledger)
    answer = get(client, ledger, f"/{serial}{path}")
    media_type, link = FILES[path]
    digest = hashlib.sha256(answer.content).hexdigest()
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["ETag"]) == (
        200,
        media_type,
        f'"{digest}"',
    )
    name = f"{serial}{path}".replace("/", "-")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "private, no-cache"
    body = get(client, ledger, f"/{serial}").json()
    assert body["links"][link] == f"{PUBLIC_URL}/v1/receipts/{serial}{path}"
    named = {".json": "document_sha256", ".pdf": "pdf_sha256", "/sealed-usage.jsonl": "sealed_usage_sha256"}
    assert body[named[path]] == digest if path in named else True
    again = get(client, ledger, f"/{serial}{path}", **{"If-None-Match": f'"other", W/"{digest}"'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", f'"{digest}"')


def test_the_files_verify_and_the_usage_gives_the_same_grams(
    client: httpx.Client, context: ServerContext, ledger: ReceiptLedger
) -> None:
    serial = last_serial(client, ledger)
    document, pdf, proof, usage = (get(client, ledger, f"/{serial}{path}").content for path in FILES)
    trust = trusted(context)
    report = verify_receipt(document, trust=trust, proof=proof)
    assert report.is_valid, report.checks
    assert verify_pdf(pdf, trust=trust).is_valid
    assert recompute(usage, parse_object(document)) == ()


@pytest.mark.parametrize("path", ["", *FILES])
def test_nobody_else_is_given_them(client: httpx.Client, ledger: ReceiptLedger, path: str) -> None:
    serial = last_serial(client, ledger)
    eve = a_tenant(ledger.database, f"Eve{len(path)}", now=NOON)
    answer = client.get(f"/v1/receipts/{serial}{path}", headers=eve.by_key)
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such receipt.")
    known = client.get(f"/v1/receipts/{serial}{path}", headers=eve.by_key | {"If-None-Match": "*"})
    assert known.status_code == 404
    assert client.get(f"/v1/receipts/{serial}{path}").status_code == 401


def test_a_sealed_usage_file_that_is_not_what_was_signed_breaks_off(
    client: httpx.Client, context: ServerContext, ledger: ReceiptLedger
) -> None:
    """The guards refuse to change a sealed row; who goes past them as the owner is found out."""
    serial = get(client, ledger, "").json()["data"][0]["serial"]
    with context.database.owner() as connection:
        connection.execute("alter table ops.sealed_usage disable trigger user")
        connection.execute(
            "update ops.sealed_usage set model = model || 'x' where period_id = %s", [ledger.october.period_id]
        )
    with pytest.raises(httpx.RemoteProtocolError):
        get(client, ledger, f"/{serial}/sealed-usage.jsonl")


def grams_of(micrograms: str) -> str:
    """`0.000001` for 1."""
    text = f"{int(micrograms):07}"
    return f"{text[:-6]}.{text[-6:]}".rstrip("0").rstrip(".")


def trusted(context: ServerContext) -> Trust:
    with context.database.before_tenant() as connection:
        return Trust.from_key_history(canonical(key_history(connection)))
