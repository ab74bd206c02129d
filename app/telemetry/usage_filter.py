"""Which usage rows of an organization are meant: by provider, model, project or connection."""

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from core.database import Connection
from core.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """None: whatever it is. A connection stands for its provider account, whose usage outlives the connection."""

    provider: str | None = None
    model: str | None = None
    project_id: int | None = None
    connection_id: int | None = None

    def conditions(self, connection: Connection) -> tuple[sql.Composable, dict[str, Any]]:
        """SQL that starts with `true`, and its parameters. Raises NotFoundError for what is not theirs."""
        parts: list[sql.Composable] = [sql.SQL("true")]
        parameters: dict[str, Any] = {}
        for column, value in (
            ("provider", self.provider),
            ("model", self.model),
            ("project_id", self._known_project(connection)),
            ("account_id", self._account(connection)),
        ):
            if value is not None:
                parts.append(sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(f"filter_{column}")))
                parameters[f"filter_{column}"] = value
        return sql.SQL(" and ").join(parts), parameters

    def _known_project(self, connection: Connection) -> int | None:
        if self.project_id is None:
            return None
        if connection.execute("select 1 from ops.projects where id = %s", [self.project_id]).fetchone() is None:
            raise NotFoundError("There is no such project.")
        return self.project_id

    def _account(self, connection: Connection) -> int | None:
        return None if self.connection_id is None else account_behind(connection, self.connection_id)


def account_behind(connection: Connection, connection_id: int) -> int:
    """The provider account that a connection is or was a key to. Raises NotFoundError where it is not theirs."""
    row = connection.execute("select account_id from ops.connections where id = %s", [connection_id]).fetchone()
    if row is None:
        raise NotFoundError("There is no such connection.")
    account_id: int = row["account_id"]
    return account_id


EVERYTHING = UsageFilter()
