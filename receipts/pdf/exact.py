"""The last pages: every number of the signed receipt, to the digit, so that paper and JSON can be compared.

Integers are printed as the JSON has them, without separators: searching the PDF for a number of the JSON finds it.
"""

from collections.abc import Mapping
from typing import Any

from receipts.pdf import figures, look
from receipts.pdf.facts import facts_of
from receipts.pdf.printing import Printing
from receipts.pdf.sheet import Sheet
from receipts.words import printed

_NAME = 38.0
_COLUMN = (look.WIDTH - _NAME) / len(printed.EXACT_FIRST)
_LINE = look.TINY_CODE.line_height
_FACT_NAME = 38.0
_SECOND = look.TINY_CODE.in_colour(look.MUTED)


def draw(sheet: Sheet, printing: Printing) -> None:
    subject = printing.subject
    sheet.room(40)
    y = sheet.write_text(printed.EXACT, x=look.MARGIN, y=sheet.y, width=look.WIDTH, style=look.HEADING)
    y = sheet.write_text(printed.EXACT_SAYS, x=look.MARGIN, y=y + 0.5, width=look.WIDTH, style=look.QUIET)
    sheet.set_y(y + 2)
    _headings(sheet)
    usage, adjustments = subject["usage"], subject["adjustments"]
    for model in usage["models"]:
        _entry(sheet, f"{model['provider']} {model['model'] or printed.NO_MODEL} ({model['modelClass']})", model)
    for project in usage["projects"]:
        _entry(sheet, f"{printed.PROJECT}: {project['name']}", project)
    _entry(sheet, printed.TOTAL, usage)
    for line in adjustments["lines"]:
        origin = printed.ADJUSTMENT.format(start=line["originStart"], end=line["originEnd"])
        name = f"{origin} {line['provider']} {line['model'] or printed.NO_MODEL} ({line['modelClass']})"
        _entry(sheet, f"{name} {line['methodologyVersion']}", line)
    _entry(sheet, printed.ADJUSTMENT_TOTAL, adjustments)
    _entry(sheet, printed.STATED, subject)
    sheet.set_y(sheet.y + 5)
    _facts(sheet, printing)


def _headings(sheet: Sheet) -> None:
    y = sheet.y
    for line, names in enumerate((printed.EXACT_FIRST, printed.EXACT_SECOND)):
        for place, name in enumerate(names):
            x = look.MARGIN + _NAME + place * _COLUMN
            top = y + line * look.TINY.line_height
            sheet.write_line(name, x=x, y=top, width=_COLUMN - 1, style=look.TINY, align="R")
    y += 2 * look.TINY.line_height + 0.8
    sheet.rule(y)
    sheet.set_y(y + 0.6)


def _entry(sheet: Sheet, name: str, entry: Mapping[str, Any]) -> None:
    """A name and its integers; the second line only where the entry counts tokens."""
    lines = figures.exact_lines(entry)
    height = max(sheet.height_of(name, width=_NAME - 2, style=look.TINY), len(lines) * _LINE) + 1
    if sheet.room(height):
        _headings(sheet)
    top = sheet.y
    sheet.write_text(name, x=look.MARGIN, y=top, width=_NAME - 2, style=look.TINY)
    for line, (numbers, style) in enumerate(zip(lines, (look.TINY_CODE, _SECOND), strict=False)):
        for place, number in enumerate(numbers):
            x = look.MARGIN + _NAME + place * _COLUMN
            sheet.write_line(number, x=x, y=top + line * _LINE, width=_COLUMN - 1, style=style, align="R")
    sheet.set_y(top + height)


def _facts(sheet: Sheet, printing: Printing) -> None:
    sheet.room(30)
    y = sheet.write_text(printed.FACTS, x=look.MARGIN, y=sheet.y, width=look.WIDTH, style=look.HEADING)
    sheet.set_y(y + 1.5)
    for name, value in facts_of(printing):
        width = look.WIDTH - _FACT_NAME
        height = max(sheet.height_of(value, width=width, style=look.TINY_CODE), look.TINY.line_height) + 0.5
        sheet.room(height)
        top = sheet.y
        sheet.write_line(name, x=look.MARGIN, y=top, width=_FACT_NAME - 2, style=look.TINY)
        sheet.write_text(value, x=look.MARGIN + _FACT_NAME, y=top, width=width, style=look.TINY_CODE)
        sheet.set_y(top + height)
