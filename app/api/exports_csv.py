"""Rows as CSV (RFC 4180, UTF-8, a header, CRLF), for spreadsheets and scripts.

Empty is unknown; instants are ISO 8601 in UTC, masses and energies exact decimals. Text that a spreadsheet would run
starts with an apostrophe; the other files have every value as it is.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from app.api.export_columns import Kind
from app.api.export_tables import Table
from app.api.spreadsheet_text import spreadsheet_text
from app.telemetry.export import Export, Row


def csv_chunks(export: Export[Row], table: Table[Row]) -> Iterator[bytes]:
    """The header, then one chunk a batch."""
    yield _lines([[column.name for column in table.columns]])
    written = [_WRITTEN[column.kind] for column in table.columns]
    for batch in export.batches:
        yield _lines(
            ["" if cell is None else write(cell) for write, cell in zip(written, cells, strict=True)]
            for cells in table.cells(batch)
        )


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _as_it_is(value: str | int) -> str | int:
    """Numbers are numbers: only text can be run."""
    return value


def _flag(value: bool) -> str:  # noqa: FBT001 - a cell, not a switch
    return "true" if value else "false"


def _instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


_WRITTEN: Mapping[Kind, Callable[[Any], str | int]] = {
    Kind.TEXT: lru_cache(maxsize=4096)(spreadsheet_text),  # the same few names on every line: a third of the time
    Kind.FLAG: _flag,
    Kind.COUNT: _as_it_is,
    Kind.DATE: date.isoformat,
    Kind.INSTANT: _instant,
    Kind.DECIMAL: _as_it_is,
}
