"""The database: one PostgreSQL, three roles, and the transaction that names its tenant.

owner   migrations and the functions that must look past tenants; owns every table.
worker  polls, builds, closes; its policies let it see every tenant.
app     requests: owns nothing, sees only rows of the tenant that `tenant(org_id)` names.

The connection string is one; each pool takes its role at connection start (`options=-c role=…`). Where an operator
gives the worker or the app a log-in of its own, that string is used instead, and `set role` is as far as it can go.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
import psycopg.sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout
from pydantic import SecretStr

from core.embedded_postgres import start_embedded_postgres
from core.errors import DatabaseUnavailableError, InvalidInputError
from core.settings import Settings

OWNER_ROLE = "carbonledger_owner"
WORKER_ROLE = "carbonledger_worker"
APP_ROLE = "carbonledger_app"
EMBEDDED_DATABASE = "carbonledger"

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Connection strings: the administrator's (may create roles) and, if they have log-ins of their own, the roles'."""

    admin: str = field(repr=False)
    worker: str | None = field(default=None, repr=False)
    app: str | None = field(default=None, repr=False)


def database_urls(settings: Settings) -> DatabaseUrls:
    """From settings; starts the embedded server (and creates its database) where no URL is set."""
    if settings.database_url is None:
        return DatabaseUrls(admin=create_database(start_embedded_postgres(settings.home_path), EMBEDDED_DATABASE))
    return DatabaseUrls(
        admin=checked_url(settings.database_url.get_secret_value()),
        worker=_optional_url(settings.worker_database_url),
        app=_optional_url(settings.app_database_url),
    )


def _optional_url(url: SecretStr | None) -> str | None:
    return None if url is None else checked_url(url.get_secret_value())


def checked_url(url: str) -> str:
    """The string itself, or InvalidInputError (which does not repeat it: it may hold a password)."""
    try:
        conninfo_to_dict(url)
    except psycopg.Error:
        raise InvalidInputError(
            "CARBONLEDGER_DATABASE_URL is not a PostgreSQL connection string; "
            "write it as postgresql://user:password@host:5432/database."
        ) from None
    return url


def create_database(admin_url: str, name: str, *, template: str | None = None) -> str:
    """Create database `name` unless it exists; returns its connection string. Two processes may race."""
    with connect(admin_url, autocommit=True) as connection:
        exists = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if exists is None:
            statement = psycopg.sql.SQL("create database {} encoding 'UTF8'").format(psycopg.sql.Identifier(name))
            if template is not None:
                statement = psycopg.sql.SQL("create database {} template {}").format(
                    psycopg.sql.Identifier(name), psycopg.sql.Identifier(template)
                )
            try:
                connection.execute(statement)
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                pass
    return make_conninfo(admin_url, dbname=name)


def connect(url: str, *, role: str | None = None, autocommit: bool = False) -> Connection:
    """One connection of its own, rows as dicts; DatabaseUnavailableError if the server does not answer in 10 s."""
    try:
        return psycopg.connect(_with_role(url, role), autocommit=autocommit, row_factory=dict_row, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise unavailable(error) from None


def unavailable(error: Exception) -> DatabaseUnavailableError:
    """What PostgreSQL said, first line, without the connection string."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return DatabaseUnavailableError(
        f"The database does not answer ({reason}). Check CARBONLEDGER_DATABASE_URL and that the server is running."
    )


def _with_role(url: str, role: str | None) -> str:
    options = ["-c TimeZone=UTC"]
    given = conninfo_to_dict(url).get("options")
    if given:
        options.insert(0, str(given))
    if role is not None:
        options.append(f"-c role={role}")
    return make_conninfo(url, options=" ".join(options))


class Database:
    """Pools of connections, one a role, opened on first use. Safe between threads. Close it, or use it in a `with`."""

    def __init__(self, urls: DatabaseUrls, *, pool_size: int = 10) -> None:
        self.urls = urls
        self._pool_size = pool_size
        self._opening = threading.Lock()
        self._pools: dict[str, ConnectionPool[Connection]] = {}

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        with self._opening:
            while self._pools:
                self._pools.popitem()[1].close()

    @contextmanager
    def tenant(self, org_id: int) -> Iterator[Connection]:
        """A transaction of the app role that sees and writes rows of this organization only."""
        with self._transaction(APP_ROLE, self.urls.app) as connection:
            enter_tenant(connection, org_id)
            yield connection

    @contextmanager
    def tenant_at_one_moment(self, org_id: int, *, reading: LiteralString) -> Iterator[Connection]:
        """As `tenant`, read-only, and every statement sees the database as it was when the block began.

        `reading`: the table that is read. It is locked first: one that a build put in its place after the moment would
        look empty.
        """
        with self._transaction(APP_ROLE, self.urls.app) as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            connection.execute(psycopg.sql.SQL("lock table {} in access share mode").format(psycopg.sql.SQL(reading)))
            enter_tenant(connection, org_id)
            yield connection

    @contextmanager
    def before_tenant(self) -> Iterator[Connection]:
        """A transaction of the app role that sees no tenant's row; it calls the named SECURITY DEFINER functions."""
        with self._transaction(APP_ROLE, self.urls.app) as connection:
            yield connection

    @contextmanager
    def worker(self) -> Iterator[Connection]:
        """A transaction of the worker role."""
        with self._transaction(WORKER_ROLE, self.urls.worker) as connection:
            yield connection

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """A transaction of the owner role: migrations and the operator's command line, never a request."""
        with connect(self.urls.admin, role=OWNER_ROLE) as connection:
            yield connection

    def session(self) -> Connection:
        """A worker connection of its own, in autocommit, for session locks; the caller closes it."""
        return connect(self.urls.worker or self.urls.admin, role=WORKER_ROLE, autocommit=True)

    def _pool(self, role: str, url: str | None) -> ConnectionPool[Connection]:
        with self._opening:
            if role not in self._pools:
                kwargs: dict[str, Any] = {"row_factory": dict_row, "connect_timeout": 10}
                self._pools[role] = ConnectionPool(
                    _with_role(url or self.urls.admin, role),
                    kwargs=kwargs,
                    min_size=1,
                    max_size=self._pool_size,
                    timeout=15,
                    check=ConnectionPool.check_connection,  # a restarted server costs one reconnect, not one request
                    open=True,
                )
            return self._pools[role]

    @contextmanager
    def _transaction(self, role: str, url: str | None) -> Iterator[Connection]:
        try:
            with self._pool(role, url).connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise unavailable(error) from None


def enter_tenant(connection: Connection, org_id: int) -> None:
    """Name the tenant for the rest of the transaction: for acts that learn it on the way, such as a log-in."""
    connection.execute("select set_config('app.org_id', %s, true)", [str(org_id)])


def advisory_key(name: str, number: int = 0) -> tuple[int, int]:
    """Two int4 for pg_advisory_lock(int4, int4): a stable hash of the name, and the number folded to 31 bits."""
    digest = 0
    for byte in name.encode():
        digest = (digest * 131 + byte) % 2**31
    return digest, number % 2**31


def fetch_one(connection: Connection, query: LiteralString, parameters: Any = None) -> DictRow:
    """The one row of a query that always has one (an aggregate, an insert … returning)."""
    row = connection.execute(query, parameters).fetchone()
    if row is None:
        raise LookupError("the query returned no row")
    return row
