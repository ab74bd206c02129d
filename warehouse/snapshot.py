"""A snapshot: every table that the models read, as Parquet, from one REPEATABLE READ transaction.

    <folder>/<schema>/<table>/part.parquet                  small tables
    <folder>/raw/usage_observations/<YYYY-MM>.parquet       by UTC month of the bucket's start; so ops/sealed_usage
    <folder>/manifest.json                                  rows and SHA-256 of each file; written last

PostgreSQL streams CSV, Arrow parses it batch by batch: memory is bounded by one batch and one row group, whatever the
number of rows. Numbers and instants travel as integers, so nothing is rounded. The same rows give the same files.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from psycopg import Copy

from core.database import Connection, Database, fetch_one
from core.errors import InvalidInputError
from warehouse.snapshot_tables import SNAPSHOT_TABLES, Kind, SnapshotTable

MANIFEST = "manifest.json"
ROW_GROUP_ROWS = 100_000

# What travels as CSV, and what it becomes.
_WIRE: dict[Kind, pa.DataType] = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "text": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.int32(),
    "instant": pa.int64(),
    "micro": pa.decimal128(38, 6),
}
_STORED: dict[Kind, pa.DataType] = {**_WIRE, "date": pa.date32(), "instant": pa.timestamp("us", tz="UTC")}


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """`path` is relative to the folder, with slashes."""

    table: str
    path: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SnapshotManifest:
    """`through_arrival_id` is the last arrival that the marts held when the snapshot was taken; 0 if none was built."""

    through_arrival_id: int
    files: tuple[SnapshotFile, ...]


def write_snapshot(database: Database, folder: Path) -> SnapshotManifest:
    """Write every table into `folder`, which must be new or empty; InvalidInputError otherwise."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInputError(f"{folder} is not empty; name a new folder for the snapshot.")
    folder.mkdir(parents=True, exist_ok=True)
    with database.worker() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        files = [file for table in SNAPSHOT_TABLES for file in _write_table(connection, table, folder)]
        row = fetch_one(
            connection,
            "select coalesce(max(through_arrival_id), 0) as through from ops.builds where state = 'succeeded'",
        )
    manifest = SnapshotManifest(through_arrival_id=int(row["through"]), files=tuple(files))
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> SnapshotManifest:
    """The manifest of a snapshot whose files are all there and as they were written; InvalidInputError otherwise."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = SnapshotManifest(
            through_arrival_id=content["through_arrival_id"],
            files=tuple(SnapshotFile(**file) for file in content["files"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"{folder} holds no snapshot: its {MANIFEST} cannot be read.") from error
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file() or _sha256(path) != file.sha256:
            raise InvalidInputError(f"The snapshot in {folder} is not whole: {file.path} is missing or was changed.")
    return manifest


def _write_table(connection: Connection, table: SnapshotTable, folder: Path) -> Iterator[SnapshotFile]:
    directory = folder / table.schema / table.name
    directory.mkdir(parents=True)
    name = f"{table.schema}.{table.name}"
    schema = pa.schema([(column.name, _STORED[column.kind]) for column in table.columns])
    writers: dict[str, int] = {}
    writer: pq.ParquetWriter | None = None
    part = ""
    for batch in _batches(connection, table):
        for next_part, rows in _parts(table, batch.cast(schema)):
            if writer is None or next_part != part:
                if writer is not None:
                    writer.close()
                part, writer = next_part, pq.ParquetWriter(directory / f"{next_part}.parquet", schema)
            writer.write_table(rows, row_group_size=ROW_GROUP_ROWS)
            writers[part] = writers.get(part, 0) + rows.num_rows
    if writer is None:  # a table without rows is a file without rows: readers need its columns
        writer = pq.ParquetWriter(directory / "part.parquet", schema)
        writers["part"] = 0
    writer.close()
    for part, count in writers.items():
        path = directory / f"{part}.parquet"
        yield SnapshotFile(name, path.relative_to(folder).as_posix(), count, _sha256(path))


def _batches(connection: Connection, table: SnapshotTable) -> Iterator[pa.Table]:
    columns = ", ".join(f"{column.expression} as {column.name}" for column in table.columns)
    query = f"copy (select {columns} from {table.schema}.{table.name} order by {table.order}) to stdout (format csv)"
    with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
        stream = cast("BinaryIO", io.BufferedReader(_CopyStream(copy), buffer_size=1 << 20))
        first = stream.peek(1)[:1]  # type: ignore[attr-defined]  # a BufferedReader: Arrow refuses a stream without bytes
        if not first:
            return
        reader = pyarrow.csv.open_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                column_names=[column.name for column in table.columns], block_size=8 << 20
            ),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={column.name: _WIRE[column.kind] for column in table.columns},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,  # COPY quotes an empty text and leaves NULL bare
                true_values=["t"],
                false_values=["f"],
            ),
        )
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _parts(table: SnapshotTable, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Rows by file; they come in order of the month, so each is one slice."""
    if table.month_of is None:
        yield "part", rows
        return
    months = pc.strftime(rows[table.month_of], format="%Y-%m")
    start = 0
    while start < rows.num_rows:
        month: Any = months[start].as_py()
        end = start + pc.sum(pc.equal(months.slice(start), month)).as_py()
        yield month, rows.slice(start, end - start)
        start = end


class _CopyStream(io.RawIOBase):
    """The bytes of a COPY as a file."""

    def __init__(self, copy: Copy) -> None:
        self._chunks = iter(copy)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(bytes(next(self._chunks, b"")))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
