"""Parquet: the columns of the CSV with their types, nothing rounded, in row groups, and no file without its end."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from app.api.export_columns import DAILY_COLUMNS, USAGE_COLUMNS, Column, Kind
from app.api.export_tables import USAGE
from app.api.exports_parquet import ROW_GROUP_ROWS, parquet_chunks
from app.context import ServerContext
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_export import usage_export
from tests.app.api.test_exports import NOVEMBER, ask, lines
from tests.app.many_rows import copy_usage
from tests.app.world import World

pytestmark = pytest.mark.database

THIS_YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NEXT_YEAR = TimeSpan(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
TYPES = {
    Kind.TEXT: pa.string(),
    Kind.FLAG: pa.bool_(),
    Kind.COUNT: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.DECIMAL: pa.decimal128(38, 12),
}


@pytest.mark.parametrize(("name", "columns"), [("usage", USAGE_COLUMNS), ("daily-emissions", DAILY_COLUMNS)])
def test_the_columns_are_those_of_the_csv_with_types_and_no_float(
    built_api: httpx.Client, world: World, name: str, columns: Sequence[Column]
) -> None:
    header = ask(built_api, world, f"{name}.csv").content.partition(b"\r\n")[0].decode()
    schema = parquet.read_schema(io.BytesIO(ask(built_api, world, f"{name}.parquet").content))
    assert schema.names == header.split(",")
    assert [field.type for field in schema] == [TYPES[column.kind] for column in columns]
    assert not any(pa.types.is_floating(field.type) for field in schema)


def test_kinds_are_what_the_api_answers() -> None:
    kinds = {column.name: column.kind for column in (*USAGE_COLUMNS, *DAILY_COLUMNS)}
    assert {name for name, kind in kinds.items() if kind is Kind.INSTANT} == {"bucket_started_at", "observed_at"}
    assert {name for name, kind in kinds.items() if kind is Kind.DATE} == {"day"}
    assert {name for name, kind in kinds.items() if kind is Kind.FLAG} == {"is_batch", "is_counted"}
    assert {name for name, kind in kinds.items() if kind is Kind.DECIMAL} == {
        name for name in kinds if name.endswith(("_low", "_central", "_high"))
    }
    assert {name for name, kind in kinds.items() if kind is Kind.COUNT} == {
        name for name in kinds if name.endswith(("_tokens", "_rows", "requests")) or name == "revision"
    }


def test_every_cell_is_the_csvs(built_api: httpx.Client, world: World) -> None:
    for name in ("usage", "daily-emissions"):
        rows = parquet.read_table(io.BytesIO(ask(built_api, world, f"{name}.parquet").content)).to_pylist()
        written = [{column: _written(cell) for column, cell in row.items()} for row in rows]
        assert written == lines(ask(built_api, world, f"{name}.csv"))


def _written(cell: object) -> str:
    """As the CSV has it."""
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case Decimal():
            return format(cell, "f").rstrip("0").rstrip(".")
        case datetime():
            return cell.isoformat().replace("+00:00", "Z")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def test_the_metadata_says_what_it_covers(built_api: httpx.Client, world: World) -> None:
    search = {**NOVEMBER, "project_id": f"proj_{world.ada_search_project}"}
    schema = parquet.read_schema(io.BytesIO(ask(built_api, world, "usage.parquet", search).content))
    document = ask(built_api, world, "usage.json", search).json()
    covered = ("start", "end", "filters", "data_through", "built_at", "stalled_connections")
    assert json.loads(schema.metadata[b"carbonledger"]) == {name: document[name] for name in covered}


def test_many_rows_come_in_row_groups_and_without_the_last_chunk_there_is_no_file(
    own_built_context: ServerContext, world: World
) -> None:
    database, rows = own_built_context.database, ROW_GROUP_ROWS + 700
    copy_usage(database, world.ada.org_id, count=rows, start=NEXT_YEAR.start)
    with usage_export(database, world.ada.org_id, span=NEXT_YEAR) as export:
        chunks = list(parquet_chunks(export, USAGE))
    assert max(map(len, chunks)) <= 2**19
    found = parquet.ParquetFile(io.BytesIO(b"".join(chunks))).metadata
    assert [found.row_group(number).num_rows for number in range(found.num_row_groups)] == [ROW_GROUP_ROWS, 700]
    with pytest.raises(pa.ArrowInvalid, match="magic bytes"):
        parquet.ParquetFile(io.BytesIO(b"".join(chunks[:-1])))


def test_a_decimal_with_more_digits_than_a_cell_has_is_refused_and_not_rounded(
    own_built_context: ServerContext, world: World
) -> None:
    database = own_built_context.database
    with database.worker() as connection:
        connection.execute("alter table marts.fct_usage alter column energy_micro_wh_low type numeric")
        connection.execute("update marts.fct_usage set energy_micro_wh_low = 1.0000001")
    with (
        usage_export(database, world.ada.org_id, span=THIS_YEAR) as export,
        pytest.raises(pa.ArrowInvalid, match="data loss"),
    ):
        list(parquet_chunks(export, USAGE))
