"""A table that goes on over pages: quiet headings, a line under each row, names in as many lines as they need."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from receipts.pdf import look
from receipts.pdf.sheet import Sheet

GAP = 3.0
_PADDING = 1.2


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    width: float
    align: Literal["L", "R"] = "R"


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column; `note` stands small under the first."""

    cells: Sequence[str]
    note: str = ""
    is_total: bool = False


def draw(sheet: Sheet, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Draw at the sheet's place and move it below; a page that the table goes on to gets the headings again."""
    _headings(sheet, columns)
    for row in rows:
        if sheet.room(_height(sheet, columns, row)):
            _headings(sheet, columns)
        _row(sheet, columns, row)


def _headings(sheet: Sheet, columns: Sequence[Column]) -> None:
    x, y = look.MARGIN + 0.0, sheet.y
    for column in columns:
        sheet.write_line(column.heading, x=x, y=y, width=column.width, style=look.LABEL, align=column.align)
        x += column.width + GAP
    sheet.rule(y + look.LABEL.line_height + 1)
    sheet.set_y(y + look.LABEL.line_height + 1)


def _height(sheet: Sheet, columns: Sequence[Column], row: Row) -> float:
    height = sheet.height_of(row.cells[0], width=columns[0].width, style=look.VALUE)
    if row.note:
        height += sheet.height_of(row.note, width=columns[0].width, style=look.TINY)
    return height + 2 * _PADDING


def _row(sheet: Sheet, columns: Sequence[Column], row: Row) -> None:
    top = sheet.y
    style = look.STRONG if row.is_total else look.VALUE
    y = sheet.write_text(row.cells[0], x=look.MARGIN, y=top + _PADDING, width=columns[0].width, style=style)
    if row.note:
        y = sheet.write_text(row.note, x=look.MARGIN, y=y, width=columns[0].width, style=look.TINY)
    x = look.MARGIN + columns[0].width + GAP
    for column, cell in zip(columns[1:], row.cells[1:], strict=True):
        sheet.write_line(cell, x=x, y=top + _PADDING, width=column.width, style=style, align=column.align)
        x += column.width + GAP
    sheet.set_y(y + _PADDING)
    sheet.rule(sheet.y)
