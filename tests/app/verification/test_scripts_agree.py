"""The page's scripts and the published library find the same in the same receipts, check by check."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from carbonledger.verify import Trust, verify_receipt
from carbonledger.verify.canonical import canonical
from carbonledger.verify.schema import receipt_schema
from nacl.signing import SigningKey
from playwright.sync_api import Browser, Page

from app.verification.page import scripts_version
from tests.app.dashboard.browser import PATIENCE_MS
from tests.app.verification.forgeries import FORGERIES
from tests.app.verification.published import Published
from tests.receipts.samples import (
    LEAF_INDEX,
    SERIAL,
    key_history,
    logged,
    sample_document,
    sample_of,
    sample_receipt,
    sign,
)

pytestmark = [pytest.mark.browser, pytest.mark.database]

SAMPLE = sample_receipt()
IN_THE_PAGE = """
    async ([version, schema, cases]) => {
        const { verifyReceipt } = await import(`/verify/assets/${version}/verify_receipt.js`);
        const bytes = (text) => (text === null ? null : Uint8Array.from(atob(text), (each) => each.charCodeAt(0)));
        const found = [];
        for (const [receipt, proof, trust] of cases) {
            const { verdict, sha256 } = await verifyReceipt(bytes(receipt), { proof: bytes(proof), trust, schema });
            found.push([sha256, verdict.checks.map(({ name, outcome }) => [name, outcome])]);
        }
        return found;
    }
"""


@dataclass(frozen=True, slots=True)
class Case:
    receipt: bytes
    proof: bytes | None = SAMPLE.proof
    history: bytes = SAMPLE.key_history


@pytest.fixture
def page(published: Published, browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{published.url}/verify")
    yield page
    context.close()


def assert_agree(page: Page, cases: Mapping[str, Case]) -> list[list[tuple[str, str]]]:
    """What both found, in the cases' order."""
    sent = [
        [
            b64encode(case.receipt).decode(),
            None if case.proof is None else b64encode(case.proof).decode(),
            json.loads(case.history),
        ]
        for case in cases.values()
    ]
    in_the_page = page.evaluate(IN_THE_PAGE, [scripts_version(), receipt_schema(), sent])
    reports = [
        verify_receipt(case.receipt, proof=case.proof, trust=Trust.from_key_history(case.history))
        for case in cases.values()
    ]
    by_library = [[report.sha256, [[check.name, check.outcome] for check in report.checks]] for report in reports]
    different = {
        name: (found, wanted)
        for name, found, wanted in zip(cases, in_the_page, by_library, strict=True)
        if found != wanted
    }
    assert different == {}
    return [[(check.name, check.outcome) for check in report.checks] for report in reports]


def resigned(change: Callable[[dict[str, Any]], object]) -> Case:
    """As who has both keys could make it: signed and logged, so that only what is said can be wrong."""
    document = sample_document()
    change(document)
    made = sample_of(document)
    return Case(made.receipt, made.proof)


Path = tuple[str | int, ...]
ALIKE = {"central", "high", "cacheRead", "cacheWrite5m", "cacheWrite1h"}  # read as those beside them


def places(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Path and value of every member and item of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in inner:
        yield (*path, step), member
        yield from places(member, (*path, step))


def put(said: Mapping[Path, object], document: Any) -> None:
    for path, value in said.items():
        _holder(document, path)[path[-1]] = value


def drop(document: Any, *, path: Path) -> None:
    del _holder(document, path)[path[-1]]


def _holder(document: Any, path: Path) -> Any:
    for step in path[:-1]:
        document = document[step]
    return document


def test_on_genuine_receipts(page: Page) -> None:
    found = assert_agree(page, {"with its proof": Case(SAMPLE.receipt), "without": Case(SAMPLE.receipt, proof=None)})
    assert {outcome for _, outcome in found[0]} == {"passed"}
    assert {name for name, outcome in found[1] if outcome == "not_checked"} == {"inclusion", "checkpoint"}


def test_on_forgeries(page: Page) -> None:
    found = assert_agree(page, {name: Case(forgery.of(SAMPLE.receipt)) for name, forgery in FORGERIES.items()})
    assert all(any(outcome == "failed" for _, outcome in checks) for checks in found)


def test_on_flipped_bits_of_receipt_and_proof(page: Page) -> None:
    """Every byte is flipped where the library is tested; here a bit of each stretch of both files."""
    receipt, proof = SAMPLE.receipt, SAMPLE.proof
    cases = {f"receipt {at}": Case(_flipped(receipt, at)) for at in range(0, len(receipt), 61)}
    cases |= {f"proof {at}": Case(receipt, _flipped(proof, at)) for at in range(0, len(proof), 2)}
    found = assert_agree(page, cases)
    assert all(any(outcome == "failed" for _, outcome in checks) for checks in found)


def test_on_members_that_are_missing_or_of_another_kind(page: Page) -> None:
    """Every place of a receipt, signed and logged without it or with something else there."""
    cases = {}
    for path, value in places(sample_document()):
        if 1 in path or path[-1] in ALIKE:
            continue
        cases[f"no {path}"] = resigned(partial(drop, path=path))
        for other in (None, {str: 1, int: "1", bool: "true", list: {}, dict: []}.get(type(value), [])):
            cases[f"{other!r} at {path}"] = resigned(partial(put, {path: other}))
    found = assert_agree(page, cases)
    assert sum(all(outcome == "passed" for _, outcome in checks) for checks in found) < len(found) // 10


SUBJECT = ("credentialSubject",)
RETIRED = (*SUBJECT, "retired")
CREDIT = (*RETIRED, "credits", 0)
SAID_OTHERWISE: dict[str, Mapping[Path, object]] = {
    "a long name": {(*SUBJECT, "legalName"): "x" * 1_001},
    "the longest name, of pairs": {(*SUBJECT, "legalName"): "\U0001f600" * 1_000},
    "a name that turns round": {(*SUBJECT, "legalName"): "Acme \u202eGmbH"},
    "a name of two lines": {(*SUBJECT, "legalName"): "Acme\nGmbH"},
    "a name with a line separator": {(*SUBJECT, "legalName"): "Acme\u2028"},
    "a member that nobody knows": {(*SUBJECT, "note"): "x"},
    "a member named like a prototype": {(*SUBJECT, "__proto__"): "x"},
    "a serial that ends in a line": {(*SUBJECT, "serial"): f"{SERIAL}\n"},
    "another check character": {(*SUBJECT, "serial"): SERIAL[:-1] + ("0" if SERIAL[-1] != "0" else "1")},
    "a serial of another month": {(*SUBJECT, "period", "start"): "2026-09-30T00:00:00Z"},
    "a real one of a test issuer": {(*SUBJECT, "test"): False},
    "another receipt's id": {("id",): "urn:carbonledger:receipt:" + "0" * 32},
    "times in no order": {(*SUBJECT, "period", "end"): "2026-10-01T00:00:00Z"},
    "closed before its end": {
        ("validFrom",): "2026-10-30T00:00:00Z", (*SUBJECT, "period", "closedAt"): "2026-10-30T00:00:00Z",
    },
    "no such month": {(*SUBJECT, "period", "start"): "2026-13-01T00:00:00Z"},
    "supersedes": {(*SUBJECT, "supersedes"): {"serial": SERIAL, "sha256": "0" * 64}},
    "supersedes a mistyped one": {(*SUBJECT, "supersedes"): {"serial": SERIAL[:-1] + "*", "sha256": "0" * 64}},
    "a total": {(*SUBJECT, "emissions", "low"): "650638"},
    "an energy": {(*SUBJECT, "usage", "energy", "high"): "20018583"},
    "a minus sign before nothing": {(*SUBJECT, "adjustments", "emissions", "low"): "-0"},
    "digits of another script": {(*RETIRED, "grams"): "٤"},
    "a line that is not known": {(*SUBJECT, "usage", "models", 0, "emissions"): None},
    "tokens": {(*SUBJECT, "usage", "tokens", "output"): "200058"},
    "tokens that nobody knows": {(*SUBJECT, "usage", "tokens", "cacheWrite1h"): "0"},
    "requests": {(*SUBJECT, "usage", "projects", 1, "requests"): "5"},
    "more grams": {(*RETIRED, "grams"): "5"},
    "a lower limit": {(*RETIRED, "coverageLimitGrams"): "3"},
    "another carry": {(*RETIRED, "carryInMicrograms"): "600001"},
    "carried and not covered": {(*RETIRED, "carryOutMicrograms"): "997963", (*RETIRED, "notCoveredMicrograms"): "1"},
    "not covered below the limit": {
        (*RETIRED, "grams"): "3", (*RETIRED, "carryOutMicrograms"): "0", (*RETIRED, "notCoveredMicrograms"): "2038",
        (*CREDIT, "grams"): "3", (*CREDIT, "toGram"): "1503",
    },
    "no credits": {(*RETIRED, "credits"): []},
    "a share of nothing": {(*CREDIT, "toGram"): "1500"},
    "a share beyond its units": {(*CREDIT, "fromGram"): "1999998", (*CREDIT, "toGram"): "2000002"},
    "another year": {(*CREDIT, "vintageYear"): 1989},
    "a place without https": {("credentialSchema", "id"): "http://receipts.carbonledger.example/schemas/receipt-1.json"},
}  # fmt: skip


def test_on_receipts_that_say_something_else(page: Page) -> None:
    cases = {name: resigned(partial(put, said)) for name, said in SAID_OTHERWISE.items()}
    cases["a gram twice"] = resigned(_share_a_gram)
    found = dict(zip(cases, assert_agree(page, cases), strict=True))
    holds = {name for name, checks in found.items() if all(outcome == "passed" for _, outcome in checks)}
    assert holds == {"the longest name, of pairs", "supersedes"}


def test_on_keys_that_were_revoked_and_keys_of_others(page: Page) -> None:
    other = SigningKey(b"\x01" * 32)
    signed = canonical(sign(sample_document(), key=other))
    revoked = {"state": "revoked", "revokedAt": "2026-12-01T00:00:00Z"}
    cases = {
        "retired": Case(SAMPLE.receipt, history=key_history(receipt_key={"state": "retired"})),
        "revoked without a leaf": Case(SAMPLE.receipt, history=key_history(receipt_key=revoked)),
        "revoked later": Case(
            SAMPLE.receipt, history=key_history(receipt_key=revoked | {"revokedAtLeaf": LEAF_INDEX + 1})
        ),
        "revoked before": Case(
            SAMPLE.receipt, history=key_history(receipt_key=revoked | {"revokedAtLeaf": LEAF_INDEX})
        ),
        "revoked, not logged": Case(SAMPLE.receipt, None, key_history(receipt_key=revoked | {"revokedAtLeaf": 9})),
        "revoked log key": Case(SAMPLE.receipt, history=key_history(log_key=revoked | {"revokedAtLeaf": 9})),
        "another's key": Case(signed, logged(signed)),
        "another's log": Case(SAMPLE.receipt, logged(SAMPLE.receipt, key=other)),
        "another's proof": Case(SAMPLE.receipt, logged(signed)),
    }
    found = dict(zip(cases, assert_agree(page, cases), strict=True))
    holds = {name for name, checks in found.items() if all(outcome == "passed" for _, outcome in checks)}
    assert holds == {"retired", "revoked later"}


def test_on_log_proofs_that_are_written_otherwise(page: Page) -> None:
    head, _, note = SAMPLE.proof.decode().partition("\n\n")
    texts = {
        "nothing": "",
        "no checkpoint": head,
        "extra": head.replace("index", "extra QUJD\nindex") + "\n\n" + note,
        "extra that is no base64": head.replace("index", "extra !\nindex") + "\n\n" + note,
        "another header": head.replace("v1", "v2") + "\n\n" + note,
        "no index": head.replace("index", "place") + "\n\n" + note,
        "an index with a zero before": head.replace("index ", "index 0") + "\n\n" + note,
        "an index beyond all": head.replace("index 2", "index 9223372036854775808") + "\n\n" + note,
        "one hash less": head.rpartition("\n")[0] + "\n\n" + note,
        "one hash more": head + "\n" + head.rpartition("\n")[2] + "\n\n" + note,
        "too many hashes": head + ("\n" + head.rpartition("\n")[2]) * 64 + "\n\n" + note,
        "a hash cut short": head + "\nQUJD\n\n" + note,
        "an empty line more": head + "\n\n\n" + note,
        "text after the note": SAMPLE.proof.decode() + "more",
        "a line after the note": SAMPLE.proof.decode() + "more\n",
        "another's signature beside": SAMPLE.proof.decode() + "\u2014 other.example AAAAAAAA\n",
        "seventeen signatures": SAMPLE.proof.decode() + "\u2014 other.example AAAAAAAA\n" * 16,
        "a carriage return": SAMPLE.proof.decode().replace("\n", "\r\n"),
        "a longer checkpoint": head + "\n\n" + note.replace("\n\n", "\nmore\n\n", 1),
        "a byte order mark": "\ufeff" + SAMPLE.proof.decode(),
        "very long": SAMPLE.proof.decode() + "x" * 200_000,
    }
    cases = {name: Case(SAMPLE.receipt, text.encode()) for name, text in texts.items()}
    cases["no UTF-8"] = Case(SAMPLE.receipt, b"\xff" + SAMPLE.proof)
    found = dict(zip(cases, assert_agree(page, cases), strict=True))
    holds = {name for name, checks in found.items() if all(outcome == "passed" for _, outcome in checks)}
    assert holds == {"another's signature beside"}


def _share_a_gram(document: dict[str, Any]) -> None:
    """Four grams of two credits, the second of which begins within the first."""
    backed = document["credentialSubject"]["retired"]["credits"]
    backed.append(backed[0] | {"fromGram": "1501", "toGram": "1503", "grams": "2"})
    backed[0] = backed[0] | {"toGram": "1502", "grams": "2"}


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
