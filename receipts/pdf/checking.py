"""How to check the receipt: three steps, the code to scan, and what to compare."""

from receipts.pdf import look, qr_code
from receipts.pdf.printing import Printing
from receipts.pdf.sheet import Sheet
from receipts.words import printed

_CODE = 31.0
_QUIET = 5.0
_HEIGHT = _CODE + 1
_NAME = 19.0


def draw(sheet: Sheet, printing: Printing) -> None:
    sheet.room(_HEIGHT)
    top, x = sheet.y, look.MARGIN + _CODE + _QUIET
    qr_code.draw(sheet, printing.verify_url, x=look.MARGIN, y=top, size=_CODE)
    sheet.link(look.MARGIN, top, _CODE, _CODE, printing.verify_url)
    width = look.MARGIN + look.WIDTH - x
    y = sheet.write_text(printed.VERIFY, x=x, y=top - 1, width=width, style=look.HEADING) + 0.8
    for number, (step, how) in enumerate(printed.STEPS, start=1):
        name = f"{number}  {step}"
        sheet.write_line(name, x=x, y=y, width=_NAME - 1, style=look.QUIET.in_colour(look.GREEN))
        y = sheet.write_text(how, x=x + _NAME, y=y, width=width - _NAME, style=look.QUIET)
    y += 1.2
    for label, value, link in _compared(printing):
        sheet.write_line(label, x=x, y=y, width=_NAME - 1, style=look.TINY)
        sheet.write_line(value, x=x + _NAME, y=y, width=width - _NAME, style=look.TINY_CODE, link=link)
        y += look.TINY_CODE.line_height
    sheet.set_y(max(y, top + _CODE) + 8)


def _compared(printing: Printing) -> tuple[tuple[str, str, str], ...]:
    """Label, text and link of each line."""
    place = printed.LOG_PLACE.format(index=printing.log_index, origin=printing.log.origin, size=printing.log.size)
    return (
        (printed.PAGE_ADDRESS, printing.verify_url, printing.verify_url),
        (printed.DOCUMENT_HASH, printing.sha256, ""),
        (printed.KEY, printing.key, ""),
        (printed.LOG, place, ""),
    )
