"""Routes: the workloads in force now or later of all the accounts that an organization's connections read."""

from datetime import datetime
from typing import NamedTuple

from core.database import Database
from ingestion.mapping import WorkloadView
from ingestion.usage_row import ProviderName
from ingestion.workloads import Selector


class Route(NamedTuple):
    """A workload, and the connection that its usage is read through."""

    connection_id: int
    connection_label: str
    provider: ProviderName
    workload: WorkloadView


def list_routes(database: Database, org_id: int, *, now: datetime) -> list[Route]:
    """By connection, the whole account's before those of its parts; deleted connections bring nothing any more."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(
            "select connection.id as connection_id, label, provider, workload.id, selector_kind, selector_value,"
            " project_id, project.name as project_name, lower(in_force) as starts_at, upper(in_force) as ends_at"
            " from ops.connections connection"
            " join ops.workloads workload on workload.account_id = connection.account_id"
            " join ops.projects project on project.id = workload.project_id"
            " where connection.org_id = %s and connection.deleted_at is null"
            " and (upper_inf(in_force) or upper(in_force) > %s)"
            " order by connection.id, array_position('{account,project,api_key}', selector_kind), selector_value,"
            " lower(in_force) nulls first",
            [org_id, now],
        ).fetchall()
    return [
        Route(
            connection_id=row["connection_id"],
            connection_label=row["label"],
            provider=ProviderName(row["provider"]),
            workload=WorkloadView(
                id=row["id"],
                selector=Selector(row["selector_kind"], row["selector_value"]),
                project_id=row["project_id"],
                project_name=row["project_name"],
                starts_at=row["starts_at"],
                ends_at=row["ends_at"],
            ),
        )
        for row in rows
    ]
