"""A void is said once, in the log too; its replacement points back, and is public only when it is there."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from carbonledger.verify.receipt import verify_receipt

from core.database import Connection, Database, fetch_one
from core.errors import InvalidInputError, NotFoundError
from receipts.log.audit import audit
from receipts.voids import AlreadyVoidError, NotVoidableError, Void, void
from receipts.words.voids import ReasonCode
from tests.receipts.closed_periods import closed_period
from tests.receipts.issued_receipts import ISSUED_AT, IssuedReceipt, issued_receipt, issuer_home, read_issued

pytestmark = pytest.mark.database

NOW = ISSUED_AT + timedelta(days=3)
NOTE = "The legal name was spelt wrongly."


@pytest.fixture
def issued(database: Database, home: Path) -> IssuedReceipt:
    return issued_receipt(database, home)


def say_void(issued: IssuedReceipt, **changes: Any) -> Void:
    facts: dict[str, Any] = {"reason_code": "error_found", "note": NOTE, "replace": True, "actor": "operator"}
    facts |= {"serial": issued.serial, "now": NOW} | changes
    return void(issued.home.database, issued.home.secrets, **facts)


def status(connection: Connection, serial: str) -> dict[str, Any]:
    """As whoever verifies is told, before any tenant is known."""
    return fetch_one(
        connection,
        "select void_reason_code, voided_at, supersedes, superseded_by from ops.public_receipt(%s, null, null)",
        [serial],
    )


def test_a_void_is_in_the_table_in_the_log_and_before_its_owner(issued: IssuedReceipt) -> None:
    done = say_void(issued, replace=False)
    assert replace(done, log_index=0) == Void("error_found", NOTE, False, "operator", NOW, 0, None)
    with issued.home.database.owner() as connection:
        leaf = fetch_one(connection, "select kind, data from ops.log_leaves order by leaf_index desc limit 1")
        notices = connection.execute(
            "select channel, title, body from ops.outbox where dedupe_key like 'receipt_void:%' order by channel"
        ).fetchall()
        acts = connection.execute("select actor, subject, reason from ops.audit_log where act = 'receipt.voided'")
        assert acts.fetchall() == [{"actor": "operator", "subject": issued.serial, "reason": "error_found"}]
    sha256 = issued.row["document_sha256"]
    assert leaf["kind"] == "void"
    assert leaf["data"] == f'{{"reason_code":"error_found","receipt_sha256":"{sha256}","t":"void","v":"1"}}'.encode()
    assert [(notice["channel"], notice["title"]) for notice in notices] == [
        (channel, f"A carbon receipt no longer stands: {issued.serial}") for channel in ("email", "in_app")
    ]
    assert notices[0]["body"] == (
        f"The receipt {issued.serial} for October 2026 is void. An error was found in it. What happened: {NOTE}\n\n"
        "No other receipt takes its place. Please do not pass the void one on: whoever verifies it is told that it is"
        " void."
    )


def test_the_replacement_points_back_and_states_the_same_credits(issued: IssuedReceipt) -> None:
    """Version 2 of the period, with the legal name of then and new leaves of the same grams."""
    database = issued.home.database
    with database.owner() as connection:
        connection.execute("update ops.organizations set legal_name = 'Ada & Söhne GmbH'")
    done = say_void(issued)
    issued.home.clock.advance(timedelta(days=4))
    issued.home.issue()
    later = read_issued(issued.home, issued.period)
    assert (later.serial, later.row["version"]) == (done.replaced_by, 2)
    assert later.subject["supersedes"] == {"serial": issued.serial, "sha256": issued.row["document_sha256"]}
    assert (issued.subject["legalName"], later.subject["legalName"]) == ("Ada & Söhne", "Ada & Söhne GmbH")
    assert later.subject["retired"] == issued.subject["retired"]
    assert verify_receipt(later.receipt, trust=later.trust, proof=later.proof).is_valid
    assert audit(database).findings == ()
    with database.worker() as connection:
        told = connection.execute(
            "select title, body from ops.outbox where channel = 'in_app' and title like %s", [f"%{later.serial}%"]
        ).fetchall()
    assert [notice["title"] for notice in told] == [f"Receipt {later.serial} is ready"]
    assert f"It replaces {issued.serial}, which no longer holds." in told[0]["body"]


def test_a_status_is_public_and_a_replacement_only_when_it_is_issued(issued: IssuedReceipt) -> None:
    database = issued.home.database
    with database.before_tenant() as connection:
        assert set(status(connection, issued.serial).values()) == {None}
    done = say_void(issued)
    said = {"void_reason_code": "error_found", "voided_at": NOW, "supersedes": None, "superseded_by": None}
    ordered = str(done.replaced_by)
    with database.before_tenant() as connection:
        assert status(connection, issued.serial) == said
        assert connection.execute("select * from ops.public_receipt(%s, null, null)", [ordered]).fetchall() == []
    issued.home.clock.advance(timedelta(days=4))
    issued.home.issue()
    with database.before_tenant() as connection:
        assert status(connection, issued.serial) == said | {"superseded_by": ordered}
        assert status(connection, ordered) == dict.fromkeys(said) | {"supersedes": issued.serial}
        by_pdf = connection.execute(
            "select serial from ops.public_receipt(null, null, %s)", [issued.row["pdf_sha256"]]
        ).fetchall()
        by_document = connection.execute(
            "select serial from ops.public_receipt(null, %s, null)", [issued.row["document_sha256"]]
        ).fetchall()
        assert by_pdf == by_document == [{"serial": issued.serial}]
        assert connection.execute("select * from ops.public_receipt(null, null, null)").fetchall() == []


def test_saying_it_twice_is_saying_it_once(issued: IssuedReceipt) -> None:
    first = say_void(issued)
    assert say_void(issued, actor="somebody else", now=NOW + timedelta(days=1), note=f" {NOTE} ") == first
    with issued.home.database.worker() as connection:
        counts = fetch_one(
            connection,
            "select (select count(*) from ops.log_leaves where kind = 'void') as leaves,"
            " (select count(*) from ops.receipts) as receipts,"
            " (select count(*) from ops.outbox where dedupe_key like 'receipt_void:%') as notices",
        )
    assert counts == {"leaves": 1, "receipts": 2, "notices": 2}


@pytest.mark.parametrize("changes", [{"reason_code": "key_compromised"}, {"note": "Another."}, {"replace": False}])
def test_what_was_said_is_not_said_otherwise(issued: IssuedReceipt, changes: dict[str, Any]) -> None:
    say_void(issued)
    with pytest.raises(AlreadyVoidError, match=f"{issued.serial} was voided on 2027-01-18, with other words"):
        say_void(issued, **changes)


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"serial": "CLT-2026-10-00000000-0"}, NotFoundError, "There is no receipt CLT-2026-10-00000000-0"),
        ({"note": "  "}, InvalidInputError, "Say in at most 500 characters"),
        ({"note": "x" * 501}, InvalidInputError, "Say in at most 500 characters"),
        ({"reason_code": "credit_invalidated"}, NotVoidableError, "No credit of .* was invalidated"),
    ],
)
def test_what_cannot_be_voided_is_refused(
    issued: IssuedReceipt, changes: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        say_void(issued, **changes)
    with issued.home.database.worker() as connection:
        assert connection.execute("select * from ops.receipt_voids").fetchall() == []


def test_a_receipt_that_nobody_has_yet_is_not_voided(issued: IssuedReceipt) -> None:
    done = say_void(issued)
    with pytest.raises(NotVoidableError, match="is ordered, not issued yet"):
        say_void(issued, serial=done.replaced_by)


def test_a_replacement_is_voided_like_any_other(issued: IssuedReceipt) -> None:
    say_void(issued)
    issued.home.clock.advance(timedelta(days=4))
    issued.home.issue()
    second = read_issued(issued.home, issued.period)
    reason: ReasonCode = "key_compromised"
    assert say_void(second, reason_code=reason).replaced_by is not None
    issued.home.issue()
    third = read_issued(issued.home, issued.period)
    assert (third.row["version"], third.subject["supersedes"]["serial"]) == (3, second.serial)
    with issued.home.database.before_tenant() as connection:
        assert status(connection, second.serial)["supersedes"] == issued.serial
    assert audit(issued.home.database).findings == ()


def test_a_tenant_reads_voids_of_its_own_receipts_and_no_other(issued: IssuedReceipt, home: Path) -> None:
    database = issued.home.database
    say_void(issued)
    bob = closed_period(database, organization="Bob")
    issuer_home(database, home)
    query = "select note from ops.receipt_voids"
    with database.tenant(issued.period.org_id) as connection:
        assert connection.execute(query).fetchall() == [{"note": NOTE}]
        assert len(connection.execute("select * from ops.receipt_credits").fetchall()) == 1
    with database.tenant(bob.org_id) as connection:
        assert connection.execute(query).fetchall() == []
        assert connection.execute("select * from ops.receipt_credits").fetchall() == []
