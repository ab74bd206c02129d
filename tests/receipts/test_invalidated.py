"""Credits that a registry took back: every receipt that they backed is voided and, with fresh grams, replaced."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from carbonledger.verify.receipt import verify_receipt

from billing.credits.invalidation import invalidate
from billing.credits.invariants import broken_invariants
from billing.credits.refill import refill_due
from core.database import Database
from receipts.issue import is_due
from receipts.issuing.claims import claim, next_due
from receipts.issuing.sign import sign
from receipts.keys.signer import receipt_signer
from receipts.log.audit import audit
from receipts.ordering import order_closed_periods
from receipts.vault import receipt_vault
from receipts.voids import void
from tests.billing.credits.ledger import insert_block, retire_units
from tests.receipts.closed_periods import ClosedPeriod, closed_period
from tests.receipts.issued_receipts import ISSUED_AT, IssuerHome, issuer_home, read_issued

pytestmark = pytest.mark.database

OTHER_UNITS: dict[str, Any] = {
    "issuance_scope": "restock",
    "unit_block_start": 901,
    "serial_number_block": "13558-901-910-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0",
}
REASON = "Verra cancelled these units on 2027-01-20."


@pytest.fixture
def issuer(database: Database, home: Path) -> IssuerHome:
    return issuer_home(database, home)


def take_back(issuer: IssuerHome, units: range, *, block: int = 1) -> None:
    now = issuer.clock.now()
    invalidate(issuer.database, block_id=block, units=units, reason=REASON, actor="operator", now=now)


def restock(issuer: IssuerHome, *, units: int) -> int:
    """A block of retired units, and the refill that comes with it."""
    with issuer.database.worker() as connection:
        block = insert_block(connection, units=units, **OTHER_UNITS)
        retire_units(connection, block, units=units)
    issuer.clock.advance(timedelta(hours=1))
    refill_due(issuer.database, policy="oldest_vintage_first", now=issuer.clock.now())
    return block


def versions(issuer: IssuerHome, period: ClosedPeriod) -> list[tuple[str, str | None, str | None]]:
    """State, reason of the void, and who said it, of each version of the period's receipt."""
    with issuer.database.worker() as connection:
        rows = connection.execute(
            "select state, reason_code, voided_by from ops.receipts"
            " left join ops.receipt_voids on receipt_row_id = id where period_id = %s order by version",
            [period.period_id],
        ).fetchall()
    return [(row["state"], row["reason_code"], row["voided_by"]) for row in rows]


def is_whole(issuer: IssuerHome) -> bool:
    with issuer.database.worker() as connection:
        assert broken_invariants(connection) == {}
    assert audit(issuer.database).findings == ()
    return True


def test_every_receipt_that_they_backed_is_voided_and_replaced_with_fresh_grams(issuer: IssuerHome) -> None:
    """Ada and Bob share unit 1; the rest of the unit that is retired for Eve is enough for both."""
    ada, bob = (closed_period(issuer.database, organization=name) for name in ("Ada", "Bob"))
    issuer.issue()
    first = read_issued(issuer, ada)
    take_back(issuer, range(1, 2))
    assert is_due(issuer.database, now=issuer.clock.now())
    issuer.issue()
    void_then_ordered = [("issued", "credit_invalidated", "credits"), ("ordered", None, None)]
    assert [versions(issuer, period) for period in (ada, bob)] == [void_then_ordered] * 2
    assert not is_due(issuer.database, now=issuer.clock.now())  # they wait for grams, and nobody looks at them

    eve = closed_period(issuer.database, organization="Eve", block=OTHER_UNITS)
    refill_due(issuer.database, policy="cheapest", now=issuer.clock.now())
    issuer.issue()
    replaced = [("issued", "credit_invalidated", "credits"), ("issued", None, None)]
    assert [versions(issuer, period) for period in (ada, bob)] == [replaced] * 2
    assert versions(issuer, eve) == [("issued", None, None)]
    later = read_issued(issuer, ada)
    assert later.subject["supersedes"] == {"serial": first.serial, "sha256": first.row["document_sha256"]}
    assert later.subject["retired"]["grams"] == first.subject["retired"]["grams"] == str(ada.grams)
    assert [credit["grams"] for credit in later.subject["retired"]["credits"]] == [str(ada.grams)]
    with issuer.database.worker() as connection:
        backing = connection.execute(
            "select distinct block_id from ops.allocations_in_force where period_id = any(%s)",
            [[ada.period_id, bob.period_id]],
        ).fetchall()
    assert backing == [{"block_id": 2}]
    report = verify_receipt(later.receipt, trust=later.trust, proof=later.proof)
    assert report.is_valid
    assert is_whole(issuer)


def test_the_owner_reads_why_and_operators_that_grams_lack(issuer: IssuerHome) -> None:
    ada = closed_period(issuer.database)
    issuer.issue()
    serial = issuer.row(ada)["serial"]
    take_back(issuer, range(1, 2))
    for _ in range(2):
        refill_due(issuer.database, policy="cheapest", now=issuer.clock.now())
        issuer.issue()
    with issuer.database.worker() as connection:
        notices = connection.execute(
            "select channel, title, body from ops.outbox where title !~ '^(Retire units|Receipt)' order by id"
        ).fetchall()
    assert [(notice["channel"], notice["title"]) for notice in notices] == [
        ("operator", "Credits are short for a period that lost some"),
        ("in_app", f"A carbon receipt no longer stands: {serial}"),
        ("email", f"A carbon receipt no longer stands: {serial}"),
    ]
    assert f"Credits that it names were taken back by their registry. What happened: {REASON}" in notices[1]["body"]
    assert "Another receipt takes its place, at no cost to you" in notices[1]["body"]


def test_what_takes_their_place_may_be_taken_back_too(issuer: IssuerHome) -> None:
    ada = closed_period(issuer.database)
    issuer.issue()
    take_back(issuer, range(1, 2))
    block = restock(issuer, units=2)
    issuer.issue()
    take_back(issuer, range(901, 902), block=block)
    issuer.issue()
    issuer.clock.advance(timedelta(hours=1))
    refill_due(issuer.database, policy="cheapest", now=issuer.clock.now())
    issuer.issue()
    assert [reason for _, reason, _ in versions(issuer, ada)] == ["credit_invalidated", "credit_invalidated", None]
    assert is_whole(issuer)


def test_a_receipt_that_was_voided_otherwise_is_not_voided_again(issuer: IssuerHome) -> None:
    ada = closed_period(issuer.database)
    issuer.issue()
    facts = {"serial": issuer.row(ada)["serial"], "note": "A number was wrong.", "actor": "operator"}
    void(issuer.database, issuer.secrets, reason_code="error_found", replace=False, now=ISSUED_AT, **facts)
    take_back(issuer, range(1, 2))
    issuer.issue()
    assert versions(issuer, ada) == [("issued", "error_found", "operator")]
    restock(issuer, units=1)
    assert is_whole(issuer)


def test_one_that_is_signed_but_not_in_the_log_is_signed_once_more(issuer: IssuerHome) -> None:
    """Nobody has it, so nothing has to be voided: it states the fresh grams."""
    ada = closed_period(issuer.database)
    now = issuer.clock.now()
    vault = receipt_vault(issuer.database, issuer.secrets, org_id=ada.org_id, now=now)
    with issuer.database.worker() as connection:
        signer = receipt_signer(connection, issuer.secrets)
        order_closed_periods(connection, issuer=signer.issuer, now=now)
        due = next_due(connection, now=now)
        assert due is not None
        receipt = claim(connection, due, now=now)
        assert receipt is not None
        sign(connection, receipt, signer=signer, vault=vault, now=now)
    signed = issuer.row(ada)
    take_back(issuer, range(1, 2))
    issuer.issue()
    assert issuer.row(ada)["state"] == "ordered"
    restock(issuer, units=1)
    issuer.issue()
    issued = read_issued(issuer, ada)
    assert (issued.serial, issued.row["version"]) == (signed["serial"], 1)
    assert issued.row["document_sha256"] != signed["document_sha256"]
    assert versions(issuer, ada) == [("issued", None, None)]
    assert is_whole(issuer)
