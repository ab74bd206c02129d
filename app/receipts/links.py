"""Where a receipt is found: its files for its organization, and its page for whoever holds it."""

from app.receipts.records import ReceiptView
from receipts.links import verification_url


def file_path(receipt: ReceiptView, name: str) -> str:
    """`name`: `pdf`, `json`, `tlog-proof` or `sealed-usage.jsonl`."""
    between = "/" if name == "sealed-usage.jsonl" else "."
    return f"/v1/receipts/{receipt.serial}{between}{name}"


def public_page(receipt: ReceiptView, *, public_url: str) -> str:
    """What anybody may see: the status and the sums, without a name or a line."""
    return f"{public_url}/verify/{receipt.serial}"


def whole_page(receipt: ReceiptView, *, public_url: str) -> str:
    """What the QR code says. Its 128 random bits open the legal name and the lines too."""
    return verification_url(public_url, serial=receipt.serial, receipt_id=receipt.receipt_id)
