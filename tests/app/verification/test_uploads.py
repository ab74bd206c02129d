"""POST /verify: files of strangers, examined apart, held against what we know, and kept nowhere."""

import io
import json
import logging
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from carbonledger.verify.canonical import canonical
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, StreamObject

from app.api.application import create_api
from app.api.edge import LARGER_BODIES
from app.context import ServerContext
from app.verification.examination import UnreadableFileError, examine
from app.verification.slots import EXAMINATIONS_AT_ONCE, VerificationSlots
from app.verification.upload import verify_file
from receipts.keys.history import key_history
from tests.app.serving import serving
from tests.app.verification.published import Published
from tests.receipts.samples import sample_receipt

pytestmark = pytest.mark.database

MARKER = "never-repeat-what-was-sent"
AS_JSON, AS_PDF = {"Content-Type": "application/json"}, {"Content-Type": "application/pdf"}
NINE = ["format", "schema", "context", "issuer", "key", "signature", "arithmetic", "inclusion", "checkpoint"]


def outcomes(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {check["name"]: check["outcome"] for check in answer.json()["checks"]}


def failed(answer: httpx.Response) -> set[str]:
    return {name for name, outcome in outcomes(answer).items() if outcome == "failed"}


def test_a_receipt_of_ours_without_its_proof_is_verified_with_the_one_that_we_keep(published: Published) -> None:
    answer = published.client.post("/verify", content=published.october.receipt, headers=AS_JSON)
    assert outcomes(answer) == dict.fromkeys(NINE, "passed")
    body = answer.json()
    assert (body["isValid"], body["isOurs"], body["usedStoredProof"]) == (True, True, True)
    assert body["status"]["state"] == "valid"
    assert body["receipt"] == json.loads(published.october.receipt)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_proof_that_comes_along_is_the_one_that_is_verified(published: Published) -> None:
    files = {"file": ("receipt.json", published.october.receipt), "proof": ("p", published.october.proof)}
    answer = published.client.post("/verify", files=files)
    assert outcomes(answer) == dict.fromkeys(NINE, "passed")
    assert answer.json()["usedStoredProof"] is False
    files["proof"] = ("p", published.issued.november.proof)
    wrong = published.client.post("/verify", files=files)
    assert failed(wrong) == {"inclusion"}
    assert wrong.json()["isValid"] is False


def test_a_pdf_is_also_held_against_the_hash_in_the_log(published: Published) -> None:
    answer = published.client.post("/verify", content=published.october.pdf, headers=AS_PDF)
    assert outcomes(answer) == dict.fromkeys([*NINE, "rendition"], "passed")
    assert (answer.json()["isValid"], answer.json()["usedStoredProof"]) == (True, False)
    changed = published.client.post("/verify", content=published.october.pdf + b"\n", headers=AS_PDF)
    assert failed(changed) == {"rendition"}
    assert changed.json()["isValid"] is False


def test_the_status_is_todays(published: Published) -> None:
    replaced = published.client.post("/verify", content=published.issued.replaced.receipt, headers=AS_JSON).json()
    assert (replaced["isValid"], replaced["status"]["state"]) == (True, "superseded")
    assert replaced["status"]["supersededBy"] == published.issued.replacement.serial
    voided = published.client.post("/verify", files={"file": published.issued.voided.pdf}).json()
    assert (voided["status"]["state"], voided["status"]["reasonCode"]) == ("voided", "error_found")


def test_a_receipt_of_another_issuer_is_not_ours_however_well_it_is_signed(published: Published) -> None:
    sample = sample_receipt()
    answer = published.client.post("/verify", files={"file": sample.receipt, "proof": sample.proof})
    assert failed(answer) == {"issuer", "checkpoint"}
    assert (answer.json()["isOurs"], answer.json()["status"], answer.json()["receipt"]) == (False, None, None)


def _said(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def changed(receipt: bytes) -> bytes:
        document = json.loads(receipt)
        change(document)
        return canonical(document)

    return changed


@pytest.mark.parametrize(
    ("forge", "found"),
    [
        (_said(lambda told: told["@context"].append(f"https://{MARKER}/")), {"schema", "context"}),
        (_said(lambda told: told.update(issuer=f"did:web:{MARKER}.example")), {"issuer"}),
        (_said(lambda told: told["credentialSubject"].update(legalName=MARKER)), {"signature"}),
        (_said(lambda told: told["credentialSubject"].update({MARKER: MARKER})), {"schema"}),
        (_said(lambda told: told["credentialSubject"]["retired"].update(grams=859)), {"schema"}),
        (_said(lambda told: told["proof"].update(verificationMethod=f"did:web:ledger.example#{'A' * 43}")), {"key"}),
        (lambda receipt: receipt.replace(b"{", 2 * f'{{"{MARKER}":1,'.encode(), 1), {"format"}),
        (lambda receipt: receipt.replace(b"{", b"{" + 2 * f'"{MARKER}":1,'.encode(), 1), {"format"}),
        (lambda receipt: receipt.replace(b'"1.0"', b"1.0") + b" ", {"format"}),
        (lambda receipt: receipt.replace(b'"retired":{', b'"retired" :{'), {"format"}),
        (lambda receipt: b"[" * 100_000, {"format"}),
        (lambda receipt: b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {"format"}),
        (lambda receipt: b'"' + MARKER.encode() + b'"', {"format"}),
        (lambda receipt: b"null", {"format"}),
        (lambda receipt: b"\xff\xfe" + MARKER.encode(), {"format"}),
        (lambda receipt: b" " * 2_000_000 + receipt, {"format"}),
    ],
)  # fmt: skip
def test_forgeries_fail_and_are_not_repeated(
    published: Published,
    caplog: pytest.LogCaptureFixture,
    forge: Callable[[bytes], bytes],
    found: set[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    forged = forge(published.october.receipt)
    files = {"file": (f"{MARKER}.json", forged), "proof": (MARKER, published.october.proof)}
    answer = published.client.post("/verify", files=files)
    assert failed(answer) - {"inclusion"} == found
    assert (answer.json()["isValid"], answer.json()["isOurs"], answer.json()["receipt"]) == (False, False, None)
    assert MARKER not in answer.text
    assert MARKER not in caplog.text


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"", AS_JSON, 400, "unreadable-upload"),
        (b"", AS_PDF, 400, "unreadable-upload"),
        (MARKER.encode(), {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (MARKER.encode(), {}, 415, "unsupported-media-type"),
        (MARKER.encode(), {"Content-Type": "multipart/form-data"}, 400, "unreadable-upload"),
        (MARKER.encode(), {"Content-Type": "multipart/form-data; boundary=x"}, 400, "unreadable-upload"),
        (b"%PDF-1.7\n" + MARKER.encode(), AS_PDF, 422, "no-receipt-inside"),
    ],
)
def test_what_is_no_receipt_at_all_is_refused(
    published: Published, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = published.client.post("/verify", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert MARKER not in answer.text


@pytest.mark.parametrize(
    "files",
    [
        {MARKER: b"x"},
        {"proof": b"x"},
        [("file", b"{}"), ("file", b"{}")],
        [("file", b"{}"), ("proof", b"x"), (MARKER, b"x")],
    ],
)
def test_a_form_has_one_file_and_at_most_one_proof(published: Published, files: Any) -> None:
    answer = published.client.post("/verify", files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable-upload")
    assert MARKER not in answer.text


def with_files(*named: tuple[str, StreamObject | bytes]) -> bytes:
    """A PDF that embeds these."""
    writer = PdfWriter()
    writer.add_blank_page(width=72, height=72)
    for name, content in named:
        attachment = writer.add_attachment(name, content if isinstance(content, bytes) else b"")
        if isinstance(content, StreamObject):
            streams = attachment.pdf_object["/EF"]
            assert isinstance(streams, DictionaryObject)
            streams[NameObject("/F")] = writer._add_object(content)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def bomb() -> StreamObject:
    """Two hundred thousand bytes that stand for two hundred million."""
    plain = DecodedStreamObject()
    plain.set_data(b"")
    stream = plain.flate_encode()
    stream._data = zlib.compress(b"0" * 200_000_000, level=9)
    return stream


@pytest.mark.parametrize(
    "make",
    [
        lambda receipt: with_files(("receipt.json", bomb())),
        lambda receipt: with_files(("receipt.json", receipt), ("receipt.json", receipt)),
        lambda receipt: with_files(("other.json", receipt)),
        lambda receipt: with_files(*((f"{number}.json", receipt) for number in range(300))),
    ],
    ids=["bomb", "two receipts", "no receipt", "too many files"],
)
def test_pdfs_that_are_not_receipts_are_refused(published: Published, make: Callable[[bytes], bytes]) -> None:
    pdf = make(published.october.receipt)
    assert len(pdf) < LARGER_BODIES["/verify"]
    PdfReader(io.BytesIO(pdf))  # it is one
    answer = published.client.post("/verify", content=pdf, headers=AS_PDF)
    assert answer.status_code == 422
    assert answer.json()["code"] in {"no-receipt-inside", "unreadable-file"}


def test_eight_megabytes_are_read_and_not_a_byte_more(published: Published) -> None:
    most = LARGER_BODIES["/verify"]
    largest = published.client.post("/verify", content=published.october.pdf.ljust(most, b"\n"), headers=AS_PDF)
    assert failed(largest) == {"rendition"}
    announced = published.client.post("/verify", content=b" " * (most + 1), headers=AS_JSON)
    assert (announced.status_code, announced.json()["code"]) == (413, "body-too-large")
    endless = (b" " * 65_536 for _ in range(200))
    unannounced = published.client.post("/verify", content=endless, headers=AS_JSON)
    assert (unannounced.status_code, unannounced.json()["code"]) == (413, "body-too-large")


def test_files_beyond_those_that_are_being_examined_are_told_to_come_back(published: Published) -> None:
    application = create_api(published.context)
    slots: VerificationSlots = application.state.verification_slots
    taken = [slots.examinations.slot(f"192.0.2.{host}") for host in range(EXAMINATIONS_AT_ONCE)]
    with serving(application) as url:
        for slot in taken:
            slot.__enter__()
        busy = httpx.post(f"{url}/verify", content=published.october.receipt, headers=AS_JSON)
        for slot in taken:
            slot.__exit__(None, None, None)
        free = httpx.post(f"{url}/verify", content=published.october.receipt, headers=AS_JSON)
    assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (503, "too-many-examinations", "5")
    assert free.json()["isValid"] is True


def test_uploads_are_counted_by_address(published: Published) -> None:
    statuses = [published.client.post("/verify", content=b"", headers=AS_JSON).status_code for _ in range(21)]
    assert statuses == [400] * 20 + [429]


def test_an_examination_that_takes_too_long_is_ended(published: Published, caplog: pytest.LogCaptureFixture) -> None:
    with published.context.database.before_tenant() as connection:
        history = key_history(connection)
    with pytest.raises(UnreadableFileError):
        examine(published.october.pdf, None, key_history=history, longest=timedelta(milliseconds=1))
    assert "was ended" in caplog.text


def test_where_nothing_was_issued_there_is_nothing_to_verify_against(context: ServerContext, api: httpx.Client) -> None:
    answer = api.post("/verify", content=b"{}", headers=AS_JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing-issued")
    assert "No receipt has been issued here yet" in api.get("/verify").text


def test_a_receipt_whose_organization_is_gone_still_verifies_for_who_kept_it(published: Published) -> None:
    verdict = verify_file(published.context, published.issued.erased.receipt, None)
    assert verdict.is_valid
    assert verdict.record is not None
    assert verdict.record.status.state == "valid"
