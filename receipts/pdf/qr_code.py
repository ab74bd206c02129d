"""The QR code of the verification page, drawn as squares: sharp at any size, no image."""

import segno

from receipts.pdf import look
from receipts.pdf.sheet import Sheet

QUIET_ZONE = 4  # modules, as ISO/IEC 18004 asks


def draw(sheet: Sheet, url: str, *, x: float, y: float, size: float) -> None:
    """Within a square of `size` millimetres, quiet zone included. Squares of a row are drawn as one: no hairlines."""
    matrix = segno.make(url, error="m", micro=False).matrix
    module = size / (len(matrix) + 2 * QUIET_ZONE)
    sheet.set_fill_color(*look.INK)
    for line, modules in enumerate(matrix):
        start = None
        for place, is_dark in enumerate([*modules, 0]):
            if is_dark and start is None:
                start = place
            elif not is_dark and start is not None:
                left, top = x + (start + QUIET_ZONE) * module, y + (line + QUIET_ZONE) * module
                sheet.rect(left, top, (place - start) * module, module, style="F")
                start = None
