"""Today's names of projects and provider accounts. The marts hold ids; a renamed project is renamed at once."""

from dataclasses import dataclass
from typing import NamedTuple

from core.database import Connection


class NamedProject(NamedTuple):
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """`connections`: for each provider account its connection, the one in use or else the last, as (id, label)."""

    projects: dict[int, str]
    connections: dict[int, tuple[int, str]]


def read_names(connection: Connection) -> Names:
    projects = connection.execute("select id, name from ops.projects").fetchall()
    connections = connection.execute(
        "select distinct on (account_id) account_id, id, label from ops.connections"
        " order by account_id, deleted_at is not null, id desc"
    ).fetchall()
    return Names(
        projects={row["id"]: row["name"] for row in projects},
        connections={row["account_id"]: (row["id"], row["label"]) for row in connections},
    )
