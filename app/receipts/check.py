"""A check of a stored receipt by whoever looks at it: the published library, on the bytes that are handed out."""

from carbonledger.verify.canonical import canonical
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.report import Report
from carbonledger.verify.trust import Trust

from app.context import ServerContext
from app.receipts.files import read_file
from receipts.keys.history import key_history


def check_receipt(context: ServerContext, org_id: int, serial: str) -> Report:
    """What the library finds, believing the keys that this installation publishes. Raises as `read_file` does."""
    receipt = read_file(context, org_id, serial, "json").content
    proof = read_file(context, org_id, serial, "tlog-proof").content
    with context.database.before_tenant() as connection:
        history = canonical(key_history(connection))
    return verify_receipt(receipt, trust=Trust.from_key_history(history), proof=proof)
