"""The dbt models as assets. dbt runs as a process of its own, inside a build: one at a time, whoever runs it."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger
from warehouse.build import postgres_build
from warehouse.dbt_runner import Dbt, process_environment
from warehouse.project import PROJECT_DIR


def prepared_project() -> DbtProject:
    """The project with a manifest at least as new as its files; parsing takes seconds, so only when it has to."""
    project = DbtProject(project_dir=PROJECT_DIR, profiles_dir=PROJECT_DIR)
    sources = [PROJECT_DIR / "dbt_project.yml", *(PROJECT_DIR / "dbt_project").rglob("*.*")]
    manifest = project.manifest_path
    if not manifest.exists() or manifest.stat().st_mtime < max(file.stat().st_mtime for file in sources):
        Dbt("postgres", {}, PROJECT_DIR).run(["parse"])
    return project


PROJECT = prepared_project()


class _ByLayer(DagsterDbtTranslator):
    """Models and seeds grouped as their folders are: staging, intermediate, marts, seeds."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["fqn"][1]) if dbt_resource_props["resource_type"] == "model" else "seeds"


@dbt_assets(manifest=PROJECT.manifest_path, project=PROJECT, dagster_dbt_translator=_ByLayer())
def warehouse_models(context: dg.AssetExecutionContext, ledger: Ledger, dbt: DbtCliResource) -> Iterator[Any]:
    """Seeds, models and their tests (as asset checks), through one `dbt build`."""
    with (
        as_dagster_failures(context.retry_number),
        postgres_build(ledger.database, clock=ledger.clock) as running,
        process_environment(running.environment),
    ):
        # Unit tests speak of the project, not of the data; seeds change with the factor set only, a full refresh.
        unchanged = ["unit_test"] if running.build.is_full_refresh else ["unit_test", "seed"]
        command = ["build", *running.flags, "--exclude-resource-types", *unchanged]
        yield from dbt.cli(command, context=context).stream()
