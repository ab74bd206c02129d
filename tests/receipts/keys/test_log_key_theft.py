"""After the log's key was stolen: its checkpoints prove nothing, and every receipt has a proof by the next key."""

from datetime import timedelta
from pathlib import Path

import pytest
from carbonledger.verify.canonical import canonical
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.tlog_proof import TlogProof
from carbonledger.verify.trust import Trust

from core.database import Database
from receipts.keys.history import key_history
from receipts.keys.signing_keys import revoke, rotate
from receipts.stored import load_proof
from tests.receipts.issued_receipts import ISSUED_AT, IssuedReceipt, issued_receipt

pytestmark = pytest.mark.database

LATER = ISSUED_AT + timedelta(days=1)


@pytest.fixture
def issued(database: Database, home: Path) -> IssuedReceipt:
    return issued_receipt(database, home)


def present(database: Database, issued: IssuedReceipt) -> tuple[Trust, bytes]:
    with database.before_tenant() as connection:
        trust = Trust.from_key_history(canonical(key_history(connection)))
    with database.worker() as connection:
        return trust, load_proof(connection, issued.row["id"])


def test_a_rotation_leaves_every_proof_as_it_was(database: Database, issued: IssuedReceipt) -> None:
    rotate(database, issued.home.secrets, purpose="log", now=LATER)
    trust, proof = present(database, issued)
    assert proof == issued.proof
    assert verify_receipt(issued.receipt, trust=trust, proof=proof).is_valid


def test_a_theft_makes_the_old_proof_worthless_and_gives_a_new_one(database: Database, issued: IssuedReceipt) -> None:
    log_key = issued.trust.log_keys[0].kid
    revoke(database, issued.home.secrets, log_key, reason="stolen", now=LATER)
    trust, proof = present(database, issued)
    old = verify_receipt(issued.receipt, trust=trust, proof=issued.proof)
    assert [check.name for check in old.checks if check.outcome == "failed"] == ["checkpoint"]
    assert verify_receipt(issued.receipt, trust=trust, proof=proof).is_valid
    assert TlogProof.parse(proof).index == TlogProof.parse(issued.proof).index
    assert present(database, issued)[1] == proof
