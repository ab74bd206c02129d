"""The QR code of the verification page, drawn as squares: sharp at any size, no image."""

import segno

from receipts.pdf import look
from receipts.pdf.sheet import Sheet

QUIET_ZONE = 4
"""Modules that ISO/IEC 18004 wants white around the code; at 30 mm they are 3 to 4 mm."""


def draw(sheet: Sheet, url: str, *, x: float, y: float, size: float) -> None:
    """A square of `size` millimetres; the caller leaves the quiet zone. Dark modules that touch are one rectangle."""
    matrix = segno.make(url, error="m", micro=False).matrix
    module = size / len(matrix)
    sheet.set_fill_color(*look.INK)
    for line, modules in enumerate(matrix):
        start = None
        for place, is_dark in enumerate([*modules, 0]):
            if is_dark and start is None:
                start = place
            elif not is_dark and start is not None:
                sheet.rect(x + start * module, y + line * module, (place - start) * module, module, style="F")
                start = None
