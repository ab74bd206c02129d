"""`carbonledger-server log audit` as operators run it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from core.database import Database
from tests.receipts.issued_receipts import issued_receipt

pytestmark = pytest.mark.database


def test_an_audit_says_what_it_saw_and_a_line_for_each_finding(
    home: Path, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)

    def audit(*options: str) -> Result:
        return CliRunner().invoke(app, ["log", "audit", *options])

    whole = audit()
    assert (whole.exit_code, whole.stdout) == (0, "0 leaves, 0 checkpoints, 0 receipts: nothing is wrong\n")
    serial = issued_receipt(database, home).serial
    whole = audit()
    assert (whole.exit_code, whole.stdout) == (0, "6 leaves, 3 checkpoints, 1 receipts: nothing is wrong\n")
    with database.owner() as connection:
        connection.execute("alter table ops.receipts disable trigger user")
        connection.execute("update ops.receipts set pdf_sha256 = repeat('0', 64)")
    lines = [
        f"ledger: {serial}: Leaf 5 is not its PDF, as the ledger says.",
        f"ledger: {serial}: The ledger does not have the PDF of leaf 5.",
    ]
    broken = audit()
    assert broken.exit_code == 1
    assert broken.stdout.splitlines() == [*lines, "6 leaves, 3 checkpoints, 1 receipts: 2 findings"]
    told = audit("--json")
    assert told.exit_code == 1
    facts = json.loads(told.stdout)
    assert facts["is_whole"] is False
    assert facts["leaves"] == 6
    assert facts["findings"][0] == {
        "rule": "ledger", "place": serial, "sentence": "Leaf 5 is not its PDF, as the ledger says."
    }  # fmt: skip
