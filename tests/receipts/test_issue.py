"""From a closed period to an issued receipt: what is written on the way, and what happens where it cannot go on."""

import hashlib
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from carbonledger.verify.pdf import embedded_files
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.recompute import recompute
from carbonledger.verify.strict_json import parse_object
from pydantic import SecretStr

from core.database import Database
from core.secret_store import LocalVault, SecretStoreUnavailableError
from receipts.document.sealed_usage import file_lines
from receipts.issue import issue_due
from receipts.issuing import claims
from receipts.issuing.sign import sign
from receipts.keys.signer import receipt_signer
from receipts.keys.signing_keys import create_keys, revoke, rotate
from receipts.ordering import is_waiting, order_closed_periods
from receipts.vault import receipt_vault
from tests.receipts.closed_periods import OWNER, closed_period
from tests.receipts.issued_receipts import (
    ISSUED_AT,
    ISSUER,
    PUBLIC_URL,
    IssuerHome,
    issued_receipt,
    issuer_home,
    read_issued,
)
from tests.receipts.sealed_rows import Used

pytestmark = pytest.mark.database


def leaves(database: Database) -> list[dict[str, Any]]:
    with database.worker() as connection:
        rows = connection.execute("select data from ops.log_leaves order by leaf_index").fetchall()
    return [parse_object(bytes(row["data"])) for row in rows]


def told(database: Database, channel: str) -> list[tuple[str, str]]:
    """Of receipts, not of the retirements behind them."""
    with database.worker() as connection:
        rows = connection.execute(
            "select title, body from ops.outbox where channel = %s and title ilike '%%receipt%%' order by id", [channel]
        ).fetchall()
    return [(row["title"], row["body"]) for row in rows]


def test_a_receipt_verifies_and_recomputes_from_its_sealed_usage(database: Database, home: Path) -> None:
    october = closed_period(database)
    issued = issued_receipt(database, home, after=october, late=[Used(output=-1_000)])
    report = verify_receipt(issued.receipt, trust=issued.trust, proof=issued.proof)
    assert [check for check in report.checks if check.outcome != "passed"] == []
    assert report.is_valid
    with database.worker() as connection:
        usage = b"".join(file_lines(connection, issued.period.period_id))
    assert hashlib.sha256(usage).hexdigest() == issued.subject["sealedUsage"]["sha256"] == issued.row["usage_sha256"]
    assert recompute(usage, issued.document) == ()


def test_the_printed_receipt_carries_the_receipt_and_its_proof(database: Database, home: Path) -> None:
    issued = issued_receipt(database, home)
    embedded = embedded_files(issued.pdf)
    assert (embedded["receipt.json"], embedded["receipt.tlog-proof"]) == (issued.receipt, issued.proof)
    assert hashlib.sha256(issued.pdf).hexdigest() == issued.row["pdf_sha256"]
    assert hashlib.sha256(issued.receipt).hexdigest() == issued.row["document_sha256"]


def test_the_log_has_a_receipt_with_what_backs_it_and_a_retirement_once(database: Database, home: Path) -> None:
    first, second = issued_receipt(database, home), issued_receipt(database, home)
    hashes = [issued.row["document_sha256"] for issued in (first, second)]
    logged = leaves(database)[2:]  # after the two keys
    assert [leaf["t"] for leaf in logged] == [
        "receipt",
        "retire",
        "alloc",
        "rendition",
        "receipt",
        "alloc",
        "rendition",
    ]
    assert [leaf["sha256"] for leaf in logged if leaf["t"] == "receipt"] == hashes
    grams = first.period.grams, first.period.grams + second.period.grams
    assert [(leaf["receipt_sha256"], leaf["from_g"], leaf["to_g"]) for leaf in logged if leaf["t"] == "alloc"] == [
        (hashes[0], "0", str(grams[0])),
        (hashes[1], str(grams[0]), str(grams[1])),
    ]
    assert [
        (leaf["receipt_sha256"], leaf["media_type"], leaf["sha256"]) for leaf in logged if leaf["t"] == "rendition"
    ] == [(issued.row["document_sha256"], "application/pdf", issued.row["pdf_sha256"]) for issued in (first, second)]
    assert (first.row["log_index"], first.row["log_size"], first.row["pdf_log_index"]) == (2, 5, 5)
    names = ("Ada", "Search", OWNER, first.serial, first.receipt_id)
    assert [name for name in names if any(name in str(leaf) for leaf in logged)] == []


def test_the_owner_is_told_once_with_links(database: Database, home: Path) -> None:
    issued = issued_receipt(database, home)
    assert issued.home.issue() == 0
    serial, receipt_id = issued.serial, issued.receipt_id
    notice = (
        f"Receipt {serial} is ready",
        f"The receipt for your AI usage in October 2026 is ready: {serial}. It is a test receipt: no credit was retired"
        " for it.\n\n"
        f"Receipt: {PUBLIC_URL}/receipt?serial={serial}\nPDF: {PUBLIC_URL}/v1/receipts/{serial}.pdf\n"
        f"For whoever checks it (shows the whole receipt, no log-in): {PUBLIC_URL}/verify/{serial}?id={receipt_id}",
    )
    assert (told(database, "email"), told(database, "in_app"), told(database, "operator")) == ([notice], [notice], [])


def test_a_period_without_usage_data_has_no_receipt(database: Database, home: Path) -> None:
    closed_period(database, usage=(), has_usage_data=False)
    assert issuer_home(database, home).issue() == 0


def test_the_legal_name_is_the_one_of_the_order_and_else_the_organizations(database: Database, home: Path) -> None:
    named = issued_receipt(database, home, organization="Ada", legal_name="Ada Lovelace Ltd")
    assert [named.subject["legalName"], issued_receipt(database, home, organization="Bob").subject["legalName"]] == [
        "Ada Lovelace Ltd", "Bob"
    ]  # fmt: skip


def test_without_keys_everything_waits_and_operators_are_told_once(database: Database, home: Path) -> None:
    period = closed_period(database)
    secrets = LocalVault(home / "vault")
    issuer = issuer_home(database, home / "other")  # for its settings and clock; its keys go with the database
    with database.owner() as connection:
        connection.execute("truncate ops.receipt_issuer, ops.signing_keys, ops.log_leaves, ops.log_nodes cascade")
    waiting = IssuerHome(database, secrets, issuer.settings, issuer.clock)
    assert (waiting.issue(), waiting.issue()) == (0, 0)
    assert [title for title, _ in told(database, "operator")] == ["Receipts wait for their keys"]
    create_keys(database, secrets, ISSUER, now=ISSUED_AT)
    assert waiting.issue() > 0
    assert waiting.row(period)["state"] == "issued"


def test_settings_that_name_another_issuer_issue_nothing(database: Database, home: Path) -> None:
    closed_period(database)
    issuer = issuer_home(database, home)
    other = issuer.settings.model_copy(update={"issuer": "did:web:other.example"})
    assert issue_due(database, issuer.secrets, other, clock=issuer.clock) == 0
    assert [title for title, _ in told(database, "operator")] == ["Receipts wait for their keys"]
    assert issuer.issue() > 0


def test_a_lost_key_is_told_once_and_nothing_is_signed(database: Database, home: Path) -> None:
    period, issuer = closed_period(database), issuer_home(database, home)
    with database.worker() as connection:
        arn = connection.execute("select secret_arn from ops.signing_keys where purpose = 'receipt'").fetchall()[0]
    issuer.secrets.delete(arn["secret_arn"])
    assert (issuer.issue(), issuer.issue()) == (0, 0)
    ((title, body),) = told(database, "operator")
    assert (title, "keys revoke" in body) == ("Receipts wait for their keys", True)
    with database.worker() as connection:
        assert connection.execute("select 1 from ops.receipts").fetchall() == []
    assert period.grams > 0


def test_a_receipt_that_fails_waits_longer_each_time_and_holds_up_no_other(database: Database, home: Path) -> None:
    broken = closed_period(database, misstated_by=Decimal("0.000001"))
    sound, issuer = closed_period(database), issuer_home(database, home)
    waits = []
    for _ in range(3):
        issuer.issue()
        row = issuer.row(broken)
        waits.append(row["next_attempt_at"] - issuer.clock.now())
        issuer.clock.advance(waits[-1])
    assert waits == [timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=80)]
    reason = f"The sealed rows of period {broken.period_id} do not come to what its close stated."
    assert (row["state"], row["attempts"], row["last_error"]) == ("ordered", 3, reason)
    assert issuer.row(sound)["state"] == "issued"
    ((title, body),) = told(database, "operator")
    assert title == "A receipt cannot be issued"
    assert body == f"Receipt {row['id']} stays ordered: {reason} It is tried again, at first in five minutes."


class AbsentStore(LocalVault):
    """A secret store that answers for the signing keys, and is away whenever an organization's key is asked for."""

    def put(self, name: str, secret: SecretStr) -> str:
        raise SecretStoreUnavailableError("It does not answer.")


def test_a_secret_store_that_is_away_for_a_while_is_told_of_only_if_it_stays_away(
    database: Database, home: Path
) -> None:
    period, issuer = closed_period(database), issuer_home(database, home)
    absent = IssuerHome(database, AbsentStore(home / "vault"), issuer.settings, issuer.clock)
    operators = []
    for _ in range(3):
        absent.issue()
        operators.append(len(told(database, "operator")))
        issuer.clock.advance(timedelta(hours=6))
    assert operators == [0, 0, 1]
    issuer.issue()
    row = issuer.row(period)
    assert (row["state"], row["attempts"], row["last_error"]) == ("issued", 0, None)


def test_a_period_of_an_organization_that_is_being_deleted_gets_none(database: Database, home: Path) -> None:
    period, issuer = closed_period(database), issuer_home(database, home)
    with database.owner() as connection:
        connection.execute(
            "update ops.organizations set state = 'deleting', deletion_requested_at = %s, people_to_erase = '{}'"
            " where id = %s",
            [issuer.clock.now(), period.org_id],
        )
    issuer.issue()
    with database.worker() as connection:
        assert not is_waiting(connection)
        assert connection.execute("select 1 from ops.receipts").fetchone() is None


def test_a_key_that_is_revoked_before_the_log_has_the_receipt_signs_it_in_vain(database: Database, home: Path) -> None:
    period, issuer = closed_period(database), issuer_home(database, home)
    now = issuer.clock.now()
    with database.worker() as connection:
        signer = receipt_signer(connection, issuer.secrets)
        assert order_closed_periods(connection, issuer=signer.issuer, now=now) == 1
    vault = receipt_vault(database, issuer.secrets, org_id=period.org_id, now=now)
    with database.worker() as connection:
        due = claims.next_due(connection, now=now)
        assert due is not None
        receipt = claims.claim(connection, due, now=now)
        assert receipt is not None
        sign(connection, receipt, signer=signer, vault=vault, now=now)
    signed = issuer.row(period)
    revoke(database, issuer.secrets, signer.kid, reason="stolen", now=now)
    issuer.issue()
    issued = read_issued(issuer, period)
    assert (issued.serial, issued.row["kid"] != signer.kid) == (signed["serial"], True)
    assert verify_receipt(issued.receipt, trust=issued.trust, proof=issued.proof).is_valid
    assert signed["document_sha256"] not in str(leaves(database))


class RotatedStore(LocalVault):
    """An operator rotates the key of the log while the store is asked to keep an organization's key."""

    def __init__(self, folder: Path, database: Database) -> None:
        super().__init__(folder)
        self._database, self._is_rotated = database, False

    def put(self, name: str, secret: SecretStr) -> str:
        if not self._is_rotated:
            self._is_rotated = True
            for purpose in ("log", "receipt"):
                rotate(self._database, self, purpose=purpose, now=ISSUED_AT)
        return super().put(name, secret)


def test_keys_that_are_rotated_in_the_midst_of_it_cost_no_attempt(database: Database, home: Path) -> None:
    period, issuer = closed_period(database), issuer_home(database, home)
    rotated = IssuerHome(database, RotatedStore(home / "vault", database), issuer.settings, issuer.clock)
    rotated.issue()
    issued = read_issued(issuer, period)
    assert verify_receipt(issued.receipt, trust=issued.trust, proof=issued.proof).is_valid
    assert issued.row["attempts"] == 0
    assert Counter(leaf["t"] for leaf in leaves(database)) == {
        "key": 6, "receipt": 1, "retire": 1, "alloc": 1, "rendition": 1
    }  # fmt: skip
