"""The same models on DuckDB, from a snapshot: a full recomputation that needs no database server."""

from pathlib import Path

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from core.errors import InvalidInputError
from warehouse.dbt_runner import Dbt, NodeResult, duckdb_environment
from warehouse.factor_set import shipped_versions
from warehouse.model_names import ModelNames
from warehouse.model_prices import spans_of
from warehouse.snapshot import SnapshotManifest, read_manifest

COMPLETED = frozenset({"ops.model_classes", "ops.model_prices"})
"""What may lack models that came after the last build before the snapshot."""


def build_duckdb(snapshot_dir: Path, output: Path, *, workdir: Path) -> tuple[SnapshotManifest, list[NodeResult]]:
    """Compute every mart of the snapshot into the DuckDB file `output`, which is made new.

    Raises InvalidInputError where there is no whole snapshot or `output` is something else than a DuckDB file of ours.
    """
    manifest = read_manifest(snapshot_dir)
    if output.exists() and not output.is_file():
        raise InvalidInputError(f"{output} is not a file; name the DuckDB file to write.")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    with duckdb.connect(str(output)) as connection:
        lay_sources(connection, snapshot_dir, manifest)
        for version in shipped_versions():
            resolve_models(connection, ModelNames.of_version(version))
        resolve_prices(connection)
    dbt = Dbt("duckdb", duckdb_environment(output), workdir / "duckdb")
    try:
        nodes = [*dbt.build(["seed", "--full-refresh"]), *dbt.build(["run", "--full-refresh"])]
    finally:
        # dbt keeps the file open for the life of the process, and locked for every other.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt-duckdb's own lack
    return manifest, nodes


def lay_sources(connection: duckdb.DuckDBPyConnection, snapshot_dir: Path, manifest: SnapshotManifest) -> None:
    """Views over the Parquet files, under the names that the models read; what is completed is a table."""
    catalog = catalog_of(connection)
    for table in sorted({file.table for file in manifest.files}):
        files = [str((snapshot_dir / file.path).resolve()) for file in manifest.files if file.table == table]
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        kind = "table" if table in COMPLETED else "view"
        connection.execute(f"create schema if not exists {catalog}.{table.split('.')[0]}")
        connection.execute(f"create {kind} {catalog}.{table} as select * from read_parquet([{listed}])")


def resolve_models(connection: duckdb.DuckDBPyConnection, names: ModelNames) -> None:
    """Give a class to every model of the snapshot that has none under this version."""
    catalog = catalog_of(connection)
    unknown = connection.execute(
        f"""
        select distinct seen.provider, seen.model from {catalog}.raw.usage_observations as seen
        anti join {catalog}.ops.model_classes as known
            on known.factor_version = $version and known.provider = seen.provider and known.model = seen.model
        where seen.model is not null
        """,
        {"version": names.version},
    ).fetchall()
    for provider, model in unknown:
        resolved = names.resolve(provider, model)
        connection.execute(
            f"insert into {catalog}.ops.model_classes (factor_version, provider, model, model_class, confidence)"
            " values (?, ?, ?, ?, ?)",
            [names.version, provider, model, resolved.model_class, resolved.confidence],
        )


def resolve_prices(connection: duckdb.DuckDBPyConnection) -> None:
    """Give prices to every model of the snapshot that has none; what it has stays as the snapshot has it."""
    catalog = catalog_of(connection)
    unknown = connection.execute(
        f"""
        select distinct seen.provider, seen.model from {catalog}.ops.model_classes as seen
        anti join {catalog}.ops.model_prices as known on known.provider = seen.provider and known.model = seen.model
        order by all
        """
    ).fetchall()
    for provider, model, span in spans_of(unknown):
        prices = span.prices
        connection.execute(
            f"insert into {catalog}.ops.model_prices values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                provider, model, span.tier, span.from_day, span.until_day, prices.uncached_input, prices.cache_read,
                prices.cache_write_5m, prices.cache_write_1h, prices.output,
            ],
        )  # fmt: skip


def catalog_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The file's own name in SQL, quoted. In a file called raw.duckdb, `raw.usage_observations` alone is ambiguous."""
    row = connection.execute("select current_database()").fetchone()
    name = str(row[0]) if row else ""
    return '"' + name.replace('"', '""') + '"'
