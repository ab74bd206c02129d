"""The code on the page is the code that segno made: read back from the drawn page, module by module."""

import shutil
import subprocess

import pytest
import segno

from receipts.pdf import qr_code
from receipts.pdf.sheet import Sheet

pytestmark = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="needs poppler's pdftoppm (Debian: poppler-utils)"
)

URL = "https://receipts.carbonledger.example/verify/CLT-2026-10-0WFKN6E5-V?id=5d41402abc4b2a76b9719d911017c592"
PIXELS_A_MODULE = 8
PIXELS_A_MILLIMETRE = 4


def test_each_module_is_drawn() -> None:
    matrix = segno.make(URL, error="m", micro=False).matrix
    size = len(matrix) * PIXELS_A_MODULE / PIXELS_A_MILLIMETRE
    sheet = Sheet(serial="CLT-1", is_test=False, closed_at="2026-11-03T10:15:00Z", file_id="00" * 16)
    sheet.add_page()
    qr_code.draw(sheet, URL, x=30, y=40, size=size)
    grey = subprocess.run(
        ["pdftoppm", "-r", str(25.4 * PIXELS_A_MILLIMETRE), "-gray", "-singlefile", "-"],
        input=bytes(sheet.output()), check=True, capture_output=True,
    ).stdout  # fmt: skip
    magic, measures, _, pixels = grey.split(b"\n", 3)
    width = int(measures.split()[0])

    def is_dark(line: int, place: int) -> bool:
        x = 30 * PIXELS_A_MILLIMETRE + place * PIXELS_A_MODULE + PIXELS_A_MODULE // 2
        y = 40 * PIXELS_A_MILLIMETRE + line * PIXELS_A_MODULE + PIXELS_A_MODULE // 2
        return pixels[y * width + x] < 128

    assert magic == b"P5"
    drawn = [[is_dark(line, place) for place in range(len(matrix))] for line in range(len(matrix))]
    assert drawn == [[bool(module) for module in line] for line in matrix]
