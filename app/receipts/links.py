"""Where a receipt is found: its files for its organization, and its page for whoever holds it."""

from urllib.parse import urlencode

from app.receipts.records import ReceiptView


def file_path(receipt: ReceiptView, name: str) -> str:
    """`name`: `pdf`, `json`, `tlog-proof` or `sealed-usage.jsonl`."""
    between = "/" if name == "sealed-usage.jsonl" else "."
    return f"/v1/receipts/{receipt.serial}{between}{name}"


def public_page(receipt: ReceiptView, *, public_url: str) -> str:
    """What anybody may see: the status and the sums, without a name or a line."""
    return f"{public_url}/verify/{receipt.serial}"


def whole_page(receipt: ReceiptView, *, public_url: str) -> str:
    """What the QR code says. Its 128 random bits open the legal name and the lines too."""
    return f"{public_page(receipt, public_url=public_url)}?{urlencode({'id': receipt.receipt_id})}"
