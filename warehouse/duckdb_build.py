"""The same models on DuckDB, from a snapshot: a full recomputation that needs no database server."""

from pathlib import Path

from warehouse.dbt_runner import Dbt, NodeResult, duckdb_environment
from warehouse.snapshot import SnapshotManifest, read_manifest


def build_duckdb(snapshot_dir: Path, output: Path, *, workdir: Path) -> tuple[SnapshotManifest, list[NodeResult]]:
    manifest = read_manifest(snapshot_dir)
    dbt = Dbt("duckdb", duckdb_environment(output), workdir / "duckdb")
    return manifest, [*dbt.run(["seed", "--full-refresh"]), *dbt.run(["run", "--full-refresh"])]
