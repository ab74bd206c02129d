"""How to check the receipt: three steps, the code to scan, and what to compare."""

from receipts.pdf import look, qr_code
from receipts.pdf.printing import Printing
from receipts.pdf.sheet import Sheet
from receipts.words import printed

_CODE = 34.0
_HEIGHT = 58.0


def draw(sheet: Sheet, printing: Printing) -> None:
    sheet.room(_HEIGHT)
    top, width = sheet.y, look.WIDTH - _CODE - 6
    y = sheet.write_text(printed.VERIFY, x=look.MARGIN, y=top, width=width, style=look.HEADING) + 1.5
    for number, (step, how) in enumerate(printed.STEPS, start=1):
        sheet.write_line(f"{number}", x=look.MARGIN, y=y, width=4, style=look.STRONG.in_colour(look.GREEN))
        y = sheet.write_text(step, x=look.MARGIN + 5, y=y, width=width - 5, style=look.STRONG)
        y = sheet.write_text(how, x=look.MARGIN + 5, y=y, width=width - 5, style=look.QUIET) + 1.2
    edge = look.MARGIN + look.WIDTH - _CODE
    qr_code.draw(sheet, printing.verify_url, x=edge, y=top - 3, size=_CODE)
    sheet.link(edge, top - 3, _CODE, _CODE, printing.verify_url, alt_text=printed.QR_TEXT)
    sheet.set_y(max(y, top + _CODE) + 1)
    place = printed.LOG_PLACE.format(index=printing.log_index, origin=printing.log.origin, size=printing.log.size)
    lines = (
        (printed.DOCUMENT_HASH, printing.sha256),
        (printed.KEY, printing.key),
        (printed.LOG, place),
        (printed.PAGE_ADDRESS, printing.verify_url),
    )
    y = sheet.y
    for label, value in lines:
        link = printing.verify_url if value == printing.verify_url else ""
        sheet.write_line(label, x=look.MARGIN, y=y, width=32, style=look.LABEL)
        y = sheet.write_text(value, x=look.MARGIN + 34, y=y, width=look.WIDTH - 34, style=look.CODE, link=link) + 0.6
    sheet.set_y(y + 4)
