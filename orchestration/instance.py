"""Dagster's own home: a database and a role apart from the ledger's, and a `dagster.yaml` that names them.

The role owns that database and sees nothing of the ledger. Its password is made once and kept, mode 0600, under
CARBONLEDGER_HOME.
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from core.database import connect, create_database, database_urls
from core.settings import Settings

DATABASE = "carbonledger_dagster"
ROLE = "carbonledger_dagster"
URL_VARIABLE = "CARBONLEDGER_DAGSTER_DATABASE_URL"
DRIVER = "postgresql+psycopg2"
"""Named, because SQLAlchemy 2.1 would take psycopg 3, which cannot say Dagster's `NOTIFY run_events, %s`."""

_YAML = f"""storage:
  postgres:
    postgres_url:
      env: {URL_VARIABLE}
telemetry:
  enabled: false
nux:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 2
"""


@dataclass(frozen=True, slots=True)
class DagsterInstance:
    home: Path
    database_url: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """What a Dagster process needs beside the environment that it inherits."""
        return {"DAGSTER_HOME": str(self.home), URL_VARIABLE: self.database_url, "DO_NOT_TRACK": "1"}


def prepare_instance(settings: Settings) -> DagsterInstance:
    """Create what is missing of Dagster's home, role and database. Twice is once."""
    home = settings.home_path / "dagster"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "dagster.yaml").write_text(_YAML)
    admin_url = database_urls(settings).admin
    password = _password(home / "database.password")
    with connect(admin_url, autocommit=True) as connection:
        _create_role(connection, password)
    url = create_database(admin_url, DATABASE)
    with connect(admin_url, autocommit=True) as connection:
        database, role = sql.Identifier(DATABASE), sql.Identifier(ROLE)
        connection.execute(sql.SQL("grant {} to current_user").format(role))
        connection.execute(sql.SQL("alter database {} owner to {}").format(database, role))
    return DagsterInstance(home, _sqlalchemy_url(url, password))


def _create_role(connection: psycopg.Connection[dict[str, object]], password: str) -> None:
    role = sql.Identifier(ROLE)
    try:
        connection.execute(sql.SQL("create role {} login").format(role))
    except psycopg.errors.DuplicateObject:
        pass
    connection.execute(sql.SQL("alter role {} password {}").format(role, password))


def _password(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(fresh := secrets.token_urlsafe(32))
    return fresh


def _sqlalchemy_url(url: str, password: str) -> str:
    """Dagster speaks SQLAlchemy, which wants a URL; a socket folder goes into the query."""
    parts = conninfo_to_dict(url)
    host, port = str(parts.get("host") or "127.0.0.1"), str(parts.get("port") or "5432")
    credentials = f"{quote(ROLE)}:{quote(password, safe='')}"
    if host.startswith("/"):
        return f"{DRIVER}://{credentials}@/{DATABASE}?{urlencode({'host': host, 'port': port})}"
    return f"{DRIVER}://{credentials}@{host}:{port}/{DATABASE}"
