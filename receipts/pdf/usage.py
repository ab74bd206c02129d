"""The period's usage on the page: tokens by counter, models, projects, adjustments, and how much of it is known."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from receipts import quantities
from receipts.pdf import figures, look, table
from receipts.pdf.sheet import Sheet
from receipts.pdf.table import Column, Row
from receipts.words import dates, printed

MOST_ROWS = 10  # of a table; what is smaller is added up here and printed in full among the exact figures
MOST_HOLES = 6
_FIGURES = (
    Column(printed.ESTIMATE, 19), Column(printed.RANGE_HEADING, 33), Column(printed.ENERGY, 18),
    Column(printed.TOKENS, 17), Column(printed.REQUESTS, 16),
)  # fmt: skip
_NAME_WIDTH = look.WIDTH - sum(column.width + table.GAP for column in _FIGURES)


def draw(sheet: Sheet, subject: Mapping[str, Any]) -> None:
    usage = subject["usage"]
    _heading(sheet, printed.USAGE, "" if usage["models"] or usage["projects"] else printed.NOTHING_USED)
    _counters(sheet, usage)
    _lines(sheet, usage, usage["models"], "model")
    _lines(sheet, usage, usage["projects"], "project")
    if subject["adjustments"]["lines"]:
        _adjustments(sheet, subject)
    _coverage(sheet, subject["coverage"])
    _heading(sheet, printed.METHOD, printed.METHOD_SAYS.format(version=subject["methodology"]["version"]), room=16)
    sheet.set_y(sheet.y + 4)


def _heading(sheet: Sheet, text: str, sentence: str, *, room: float = 34) -> None:
    sheet.room(room)
    y = sheet.write_text(text, x=look.MARGIN, y=sheet.y, width=look.WIDTH, style=look.HEADING)
    if sentence:
        y = sheet.write_text(sentence, x=look.MARGIN, y=y + 0.5, width=look.WIDTH, style=look.QUIET)
    sheet.set_y(y + 2)


def _counters(sheet: Sheet, usage: Mapping[str, Any]) -> None:
    counted = [*((label, usage["tokens"][name]) for name, label in printed.COUNTERS.items())]
    counted.append((printed.REQUESTS, usage["requests"]))
    y, width = sheet.y, look.WIDTH / len(counted)
    for place, (label, number) in enumerate(counted):
        x = look.MARGIN + place * width
        sheet.write_line(label, x=x, y=y, width=width - 2, style=look.LABEL)
        sheet.write_line(figures.counted(number), x=x, y=y + 4, width=width - 2, style=look.STRONG)
    sheet.set_y(y + 13)


def _lines(
    sheet: Sheet, total: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], kind: Literal["model", "project"]
) -> None:
    if not entries:
        return
    heading = printed.BY_MODEL if kind == "model" else printed.BY_PROJECT
    _heading(sheet, heading, printed.ALL_ROWS if len(entries) > MOST_ROWS else "")
    shown, rest = _largest(entries)
    rows = [_row(_named(entry) if kind == "model" else (entry["name"], ""), entry) for entry in shown]
    if rest:
        rows.append(_row((printed.OTHERS[kind].format(count=len(rest)), ""), figures.added_up(rest)))
    rows.append(_row((printed.TOTAL, ""), total, is_total=True))
    name = printed.MODEL if kind == "model" else printed.PROJECT
    table.draw(sheet, (Column(name, _NAME_WIDTH, "L"), *_FIGURES), rows)
    sheet.set_y(sheet.y + 7)


def _adjustments(sheet: Sheet, subject: Mapping[str, Any]) -> None:
    adjustments = subject["adjustments"]
    _heading(sheet, printed.ADJUSTMENTS, printed.ADJUSTMENTS_SAY)
    shown, rest = _largest(adjustments["lines"])
    rows = [_row(_origin(entry), entry) for entry in shown]
    if rest:
        rows.append(_row((printed.OTHER_LINES.format(count=len(rest)), ""), figures.added_up(rest)))
    nothing: dict[str, Any] = {"tokens": {}, "requests": None}
    rows.append(_row((printed.ADJUSTMENT_TOTAL, ""), {**nothing, **adjustments}, is_total=True))
    stated = {"emissions": subject["emissions"], "energy": subject["energy"], **nothing}
    rows.append(_row((printed.STATED, ""), stated, is_total=True))
    table.draw(sheet, (Column(printed.ORIGIN, _NAME_WIDTH, "L"), *_FIGURES), rows)
    sheet.set_y(sheet.y + 7)


def _largest(entries: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    ordered = figures.by_size(list(entries))
    most = len(ordered) if len(ordered) <= MOST_ROWS else MOST_ROWS - 1
    return ordered[:most], ordered[most:]


def _row(named: tuple[str, str], entry: Mapping[str, Any], *, is_total: bool = False) -> Row:
    name, note = named
    cells = (
        name,
        figures.central_mass(entry["emissions"]),
        figures.mass_range(entry["emissions"]),
        figures.central_energy(entry["energy"]),
        figures.counted(figures.all_tokens(entry["tokens"])),
        figures.counted(entry["requests"]),
    )
    return Row(cells, note, is_total)


def _named(entry: Mapping[str, Any]) -> tuple[str, str]:
    provider = printed.PROVIDERS.get(entry["provider"], entry["provider"])
    note = printed.CLASS.format(provider=provider, model_class=entry["modelClass"])
    return entry["model"] or printed.NO_MODEL, note


def _origin(entry: Mapping[str, Any]) -> tuple[str, str]:
    name, note = _named(entry)
    version = entry["methodologyVersion"]
    return f"{dates.period(entry['originStart'], entry['originEnd'])}: {name}", f"{note} · {printed.METHOD} {version}"


def _coverage(sheet: Sheet, coverage: Mapping[str, Any]) -> None:
    known, missing = coverage["knownHours"], coverage["missingHours"]
    _heading(sheet, printed.COVERAGE, printed.COVERED.format(known=known, missing=missing), room=24)
    holes = coverage["holes"]
    if not holes:
        sheet.set_y(sheet.y + 3)
        return
    lines = [printed.RANGE.format(low=dates.moment(hole["start"]), high=dates.moment(hole["end"])) for hole in holes]
    y = sheet.write_text(printed.HOLES_SAY, x=look.MARGIN, y=sheet.y - 1, width=look.WIDTH, style=look.QUIET)
    if len(lines) > MOST_HOLES:
        lines[MOST_HOLES:] = [printed.MORE_HOLES.format(count=quantities.count(len(lines) - MOST_HOLES))]
    for line in lines:
        y = sheet.write_text(line, x=look.MARGIN + 4, y=y, width=look.WIDTH - 4, style=look.QUIET)
    sheet.set_y(y + 5)
