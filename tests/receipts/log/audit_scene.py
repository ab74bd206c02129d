"""A log with all that happens to one: receipts of two keys, a void with its replacement, rotated and revoked keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.database import Connection, Database, DatabaseUrls, create_database
from core.ids import random_token
from receipts.keys.signer import Signer, log_signer
from receipts.keys.signing_keys import revoke, rotate
from receipts.log.append import append
from receipts.log.audit import audit_snapshot
from receipts.log.leaves import Leaf
from receipts.voids import void
from tests.conftest import _drop
from tests.receipts.issued_receipts import ISSUED_AT, IssuedReceipt, issued_receipt, read_issued

LATER = ISSUED_AT + timedelta(hours=1)
_GUARDED = (
    "log_leaves", "log_nodes", "log_checkpoints", "receipts", "receipt_credits", "receipt_voids", "retirements",
    "credit_blocks",
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """`first` was voided and replaced; `second` and `third` stand. `signer`: the present log key.

    The key that signed `first` and `second` was revoked before `third`.
    """

    database: Database
    signer: Signer
    first: IssuedReceipt
    replacement: IssuedReceipt
    second: IssuedReceipt
    third: IssuedReceipt

    def lines_after(self, change: Callable[[Connection], object]) -> list[str]:
        """What the audit says in a transaction that made this change, and that is rolled back."""
        with self.database.owner() as connection:
            change(connection)
            lines = [finding.line for finding in audit_snapshot(connection).findings]
            connection.rollback()
        return lines

    def lines_after_appending(self, *leaves: Leaf) -> list[str]:
        """Somebody has the log key: the tree and its checkpoints are right."""
        return self.lines_after(lambda connection: append(connection, leaves, signer=self.signer, now=LATER))

    def lines_after_tampering(self, statement: str) -> list[str]:
        """Somebody owns the database, and takes its guards away first."""

        def tamper(connection: Connection) -> None:
            for table in _GUARDED:
                connection.execute(f"alter table ops.{table} disable trigger user".encode())
            connection.execute(statement.encode())

        return self.lines_after(tamper)

    def one(self, query: str) -> Any:
        """The one value that a query answers."""
        with self.database.worker() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return next(iter(row.values()))


@contextmanager
def audited_scene(postgres_url: str, template: str, home: Path) -> Iterator[Scene]:
    name = f"test_{random_token()[:12].lower().replace('-', '_')}"
    url = create_database(postgres_url, name, template=template)
    with Database(DatabaseUrls(admin=url), pool_size=4) as database:
        first = issued_receipt(database, home)
        second = issued_receipt(database, home, organization="Bob")
        secrets = first.home.secrets
        rotate(database, secrets, purpose="log", now=LATER)
        rotate(database, secrets, purpose="receipt", now=LATER)
        void(
            database, secrets, serial=first.serial, reason_code="error_found", note="A wrong name.", replace=True,
            actor="operator", now=LATER,
        )  # fmt: skip
        first.home.clock.advance(timedelta(hours=2))
        first.home.issue()
        revoke(database, secrets, str(first.row["kid"]), reason="lost", now=LATER)
        third = issued_receipt(database, home, organization="Cid")
        with database.worker() as connection:
            signer = log_signer(connection, secrets)
        yield Scene(database, signer, first, read_issued(first.home, first.period), second, third)
    _drop(postgres_url, name)
