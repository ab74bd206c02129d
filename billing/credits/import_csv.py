"""Read a CSV of credits: its rows, and every problem of the file by itself with the number of the row.

The header is row 1; columns may be in any order, empty cells are "not known", empty lines are passed over.
"""

import csv
import io
from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from billing.credits.import_row import COLUMNS, REQUIRED, ImportRow, contradictions
from billing.credits.serials import UnreadableSerialError


def read_rows(content: bytes) -> tuple[list[ImportRow], list[str]]:
    """The rows whose units are known, and a sentence for each problem; rows without a problem only if there is none."""
    try:
        records = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [f"The file is not CSV in UTF-8: {error}."]
    if not records:
        return [], ["The file is empty."]
    problems = _of_the_header(records[0])
    if problems:
        return [], problems
    rows = []
    for number, record in enumerate(records[1:], start=2):
        if any(record):
            row, found = _row(number, records[0], record)
            problems += [f"row {number}: {sentence}" for sentence in found]
            rows += [row] if row is not None else []
    if not rows and not problems:
        problems.append("The file has no row below its header.")
    return rows, problems + _overlaps(rows)


def _of_the_header(header: list[str]) -> list[str]:
    problems = [f"row 1: column {name!r} is not known" for name in sorted(set(header) - set(COLUMNS))]
    problems += [f"row 1: column {name} is missing" for name in REQUIRED if name not in header]
    return problems + [f"row 1: column {name} is there twice" for name in COLUMNS if header.count(name) > 1]


def _row(number: int, header: list[str], record: list[str]) -> tuple[ImportRow | None, list[str]]:
    """The row if its units are known, and what is wrong with it."""
    if len(record) != len(header):
        return None, [f"{len(record)} cells, the header has {len(header)}"]
    cells = {name: cell for name, cell in zip(header, record, strict=True) if cell != ""}
    try:
        row = ImportRow.model_validate({"row": number} | cells)
    except ValidationError as error:
        return None, [_told(problem) for problem in error.errors(include_url=False)]
    found = list(contradictions(row))
    try:
        _ = row.serial
    except UnreadableSerialError:
        return None, found
    return row, found


def _told(problem: ErrorDetails) -> str:
    place = ".".join(map(str, problem["loc"]))
    return f"{place} is empty" if problem["type"] == "missing" else f"{place} {problem['input']!r}: {problem['msg']}"


def _overlaps(rows: Iterable[ImportRow]) -> list[str]:
    """Rows of the file that name a unit which a row named before, each with the one that reaches farthest."""
    problems = []
    farthest: dict[tuple[str, str], tuple[int, int]] = {}
    for row in sorted(rows, key=lambda row: (row.serial.unit_block_start, row.row)):
        start, end = row.serial.unit_block_start, row.serial.unit_block_end
        scope = (row.registry, row.serial.issuance_scope)
        reached, by_row = farthest.get(scope, (-1, 0))
        if start <= reached:
            problems.append(f"row {row.row}: units {start} to {end} overlap those of row {by_row}")
        farthest[scope] = max((end, row.row), (reached, by_row))
    return problems
