"""Rows as Parquet, made while it is sent: one row group after the other, then the footer that makes it a whole file.

The cells are those of the CSV, with their types: decimals as decimals of 38 digits, of which 12 behind the point (a
millionth of a millionth of a gram, as the marts hold it), instants in UTC. No number becomes a float. The file's
metadata has, under `carbonledger`, the span, the filters and how far the numbers reach, as the JSON document has them.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet
from pydantic_core import to_json

from app.api.export_columns import Column, Kind
from app.api.export_tables import Table, coverage
from app.telemetry.export import Export, Row

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ROW_GROUP_ROWS = 10_000
"""Some ten megabytes until it is sent."""

_CHUNK_BYTES = 2**19
_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.FLAG: pa.bool_(),
    Kind.COUNT: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.DECIMAL: pa.decimal128(38, 12),
}


def parquet_schema(columns: Sequence[Column]) -> pa.Schema:
    return pa.schema([(column.name, _TYPES[column.kind]) for column in columns])


def parquet_chunks(export: Export[Row], table: Table[Row]) -> Iterator[bytes]:
    """At most half a megabyte each. Without the last one there is no footer, and nothing reads the file as a whole."""
    schema = parquet_schema(table.columns).with_metadata({"carbonledger": to_json(coverage(export, table))})
    sink = _Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for group in _row_groups(export, table, schema):
            writer.write_table(group)
            yield from sink.taken()
    yield from sink.taken()


def _row_groups(export: Export[Row], table: Table[Row], schema: pa.Schema) -> Iterator[pa.Table]:
    """As Arrow a batch takes a tenth of what it takes as Python's objects, so it is laid out at once."""
    waiting: list[pa.RecordBatch] = []
    for batch in export.batches:
        columns = zip(*table.cells(batch), strict=True)
        arrays = [_array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
        waiting.append(pa.record_batch(arrays, schema=schema))
        if sum(each.num_rows for each in waiting) >= ROW_GROUP_ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _array(cells: Sequence[object], wanted: pa.DataType) -> pa.Array:
    """Raises pyarrow.ArrowInvalid where a decimal does not fit: it is never rounded."""
    return pa.array(cells, pa.string()).cast(wanted) if pa.types.is_decimal(wanted) else pa.array(cells, wanted)


class _Sink(io.RawIOBase):
    """A file that can only be written on; what was written is taken away."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        before = len(self._written)
        self._written += memoryview(data)
        return len(self._written) - before

    def taken(self) -> Iterator[bytes]:
        written, self._written = bytes(self._written), bytearray()
        for start in range(0, len(written), _CHUNK_BYTES):
            yield written[start : start + _CHUNK_BYTES]
