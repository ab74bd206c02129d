"""Print a signed receipt: bytes in, PDF bytes out.

One to three pages for a receipt of some dozen lines: the figure and the credits, the usage behind them, every number to
the digit. The second part never grows (the smaller rows are added up, and it says so); the third has all of them, some
forty to a page. Built as PDF/A-3B with the receipt and its proof attached. The same bytes in give the same bytes out,
with the same libraries; a printing is stored, because another zlib may pack it in another way.
"""

from receipts.pdf import checking, exact, front, look, retired, usage
from receipts.pdf.printing import Printing
from receipts.pdf.sheet import Sheet
from receipts.words import dates, printed

RECEIPT_NAME, PROOF_NAME = "receipt.json", "receipt.tlog-proof"


def render(receipt: bytes, proof: bytes, *, verify_url: str) -> bytes:
    """The PDF of a receipt that this server signed; `proof` is its .tlog-proof, `verify_url` is what the code says.

    Raises VerificationError where receipt or proof cannot be read. Nothing is verified here.
    """
    printing = Printing.of(receipt, proof, verify_url=verify_url)
    subject = printing.subject
    closed_at = subject["period"]["closedAt"]
    sheet = Sheet(
        serial=subject["serial"], is_test=subject["test"], closed_at=closed_at, file_id=printing.sha256[:32].upper()
    )
    sheet.add_page()
    front.draw(sheet, printing)
    _statement(sheet, subject["statement"])
    retired.draw(sheet, subject["retired"])
    checking.draw(sheet, printing)
    usage.draw(sheet, subject)
    exact.draw(sheet, printing)
    at = dates.instant(closed_at)
    sheet.attach(
        RECEIPT_NAME, receipt, media_type="application/json", relationship="Source", text=printed.ATTACHED_RECEIPT,
        at=at,
    )  # fmt: skip
    sheet.attach(PROOF_NAME, proof, media_type="text/plain", relationship="Data", text=printed.ATTACHED_PROOF, at=at)
    return bytes(sheet.output())


def _statement(sheet: Sheet, statement: str) -> None:
    sheet.set_y(sheet.write_text(statement, x=look.MARGIN, y=sheet.y, width=look.WIDTH, style=look.BODY) + 6)
