"""Bring the database up to date. See the package's docstring for the rules."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql

from core.database import APP_ROLE, OWNER_ROLE, WORKER_ROLE, Connection, DatabaseUrls, advisory_key, connect, fetch_one
from core.errors import PermanentError

OLDEST_SERVER = 150000
FIRST_WITH_SET_PRIVILEGE = 160000  # before it, every member of a role may `set role`


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class MigrationChangedError(PermanentError):
    code = "migration-changed"


class UnsupportedServerError(PermanentError):
    code = "unsupported-server"


def migrations() -> list[Migration]:
    """All migrations of this checkout, in order."""
    found = [
        Migration(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text())
        for file in files("core.migrations").iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda migration: migration.number)


def migrate(urls: DatabaseUrls, *, steps: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing (of `steps`, or of this checkout); returns the names applied now. Makes the three roles.

    Raises UnsupportedServerError below PostgreSQL 15 and MigrationChangedError if an applied file was edited.
    """
    with connect(urls.admin, autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise UnsupportedServerError("CarbonLedger needs PostgreSQL 15 or newer; this server is older.")
        # Held until this connection closes, however the run ends.
        connection.execute("select pg_advisory_lock(%s, %s)", advisory_key("migrate"))
        _create_roles(connection)
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER_ROLE)))
        _create_ledger(connection)
        wanted = migrations() if steps is None else steps
        return [migration.name for migration in wanted if _apply(connection, migration)]


def _create_roles(connection: Connection) -> None:
    """Roles belong to the whole server, so another database's migration may create one at the same moment."""
    for role in (OWNER_ROLE, WORKER_ROLE, APP_ROLE):
        name = sql.Identifier(role)
        if connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
            try:
                connection.execute(sql.SQL("create role {} nologin").format(name))
            except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                pass
        privilege = "set" if connection.info.server_version >= FIRST_WITH_SET_PRIVILEGE else "member"
        member = fetch_one(connection, "select pg_has_role(current_user, %s, %s) as can_set", [role, privilege])
        if not member["can_set"]:
            connection.execute(sql.SQL("grant {} to current_user").format(name))
    database = sql.Identifier(connection.info.dbname)
    connection.execute(
        sql.SQL("grant create, connect, temporary on database {} to {}").format(database, sql.Identifier(OWNER_ROLE))
    )


def _create_ledger(connection: Connection) -> None:
    connection.execute("create schema if not exists ops")
    connection.execute(
        "create table if not exists ops.migrations ("
        " number integer primary key, name text not null, checksum text not null,"
        " applied_at timestamptz not null default now())"
    )


def _apply(connection: Connection, migration: Migration) -> bool:
    with connection.transaction():
        row = connection.execute("select checksum from ops.migrations where number = %s", [migration.number]).fetchone()
        if row is not None:
            if row["checksum"] != migration.checksum:
                raise MigrationChangedError(
                    f"Migration {migration.name} was changed after it was applied. Restore the file and add a new one."
                )
            return False
        connection.execute(migration.text.encode())
        connection.execute(
            "insert into ops.migrations (number, name, checksum) values (%s, %s, %s)",
            [migration.number, migration.name, migration.checksum],
        )
    return True
