"""Receipts of a deleted organization: unknown by serial, still verified for who kept the file, in the log as ever."""

from pathlib import Path

import pytest

from app.accounts.delete_organization import NotDeletableYetError
from app.context import ServerContext
from app.verification.look_up import NoSuchReceiptError, look_up
from app.verification.upload import verify_file
from core.database import Database
from core.erasure import erase
from receipts.log.audit import audit
from receipts.voids import NotVoidableError, void
from tests.app.deletion.marked import NAME, WORD, begin, rows_with
from tests.receipts.issued_receipts import ISSUED_AT, issued_receipt

pytestmark = pytest.mark.database


def test_they_are_unknown_by_serial_and_good_as_files(database: Database, home: Path) -> None:
    kept = issued_receipt(database, home, organization=NAME, legal_name=f"{WORD} GmbH")
    context = ServerContext(kept.home.settings, database, kept.home.secrets, {}, kept.home.clock)
    with pytest.raises(NotDeletableYetError):
        begin(database, kept.period.org_id)
    with database.worker() as connection:
        connection.execute("update ops.subscriptions set status = 'canceled', ended_at = %s", [ISSUED_AT])
    assert look_up(context, kept.serial, receipt_id=None).record.serial == kept.serial
    before = audit(database)
    begin(database, kept.period.org_id)
    assert erase(database, kept.home.secrets, org_id=kept.period.org_id, now=ISSUED_AT)

    assert rows_with(database, WORD, "owner@example.com") == {}
    with pytest.raises(NoSuchReceiptError):
        look_up(context, kept.serial, receipt_id=kept.receipt_id)
    verdict = verify_file(context, kept.receipt, None)
    assert verdict.is_valid
    assert verdict.record is not None
    assert (audit(database), before.is_whole) == (before, True)
    with pytest.raises(NotVoidableError, match="was deleted: void it without a replacement"):
        void(
            database, kept.home.secrets, serial=kept.serial, reason_code="error_found", note="A wrong figure.",
            replace=True, actor="operator", now=ISSUED_AT,
        )  # fmt: skip
