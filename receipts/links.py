"""Where a receipt is found. `public_url` has no slash at its end."""

from urllib.parse import urlencode


def verification_url(public_url: str, *, serial: str, receipt_id: str) -> str:
    """What the QR code says: the public page with the 128 random bits that open the legal name and the lines."""
    return f"{public_url}/verify/{serial}?{urlencode({'id': receipt_id})}"


def page_url(public_url: str, *, serial: str) -> str:
    """The organization's own page of it, behind the log-in."""
    return f"{public_url}/receipt?{urlencode({'serial': serial})}"


def pdf_url(public_url: str, *, serial: str) -> str:
    """Behind the log-in, too."""
    return f"{public_url}/v1/receipts/{serial}.pdf"
