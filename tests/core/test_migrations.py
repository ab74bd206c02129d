"""Migrations: in order, once, whole or not at all, and by one process at a time."""

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from core.database import Database, DatabaseUrls, connect, create_database, fetch_one
from core.ids import random_token
from core.migrations.migrate import Migration, MigrationChangedError, migrate, migrations
from tests.source_tree import ROOT

pytestmark = pytest.mark.database


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database with nothing in it. (The server's roles exist: other tests made them.)"""
    name = f"empty_{random_token()[:12].lower().replace('-', '_')}"
    yield create_database(postgres_url, name)
    with connect(postgres_url, autocommit=True) as administrator:
        administrator.execute(f'drop database "{name}" with (force)'.encode())


def test_files_are_numbered_from_one_without_a_gap() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_all_are_applied_in_order_and_kept_with_their_checksums(empty_url: str) -> None:
    applied = migrate(DatabaseUrls(admin=empty_url))
    assert applied == [migration.name for migration in migrations()]
    with connect(empty_url) as connection:
        rows = connection.execute("select name, checksum from ops.migrations order by number").fetchall()
    assert [(row["name"], row["checksum"]) for row in rows] == [(each.name, each.checksum) for each in migrations()]


def test_migrating_twice_applies_nothing_twice(database_url: str) -> None:
    assert migrate(DatabaseUrls(admin=database_url)) == []


def test_an_edited_migration_stops_the_run(database: Database, database_url: str) -> None:
    with database.owner() as connection:
        connection.execute("update ops.migrations set checksum = 'other' where number = 1")
    with pytest.raises(MigrationChangedError, match="0001_foundations"):
        migrate(DatabaseUrls(admin=database_url))


def test_a_failing_migration_leaves_nothing_and_those_before_it_stay(database: Database, database_url: str) -> None:
    good = Migration(9001, "9001_good", "create table ops.good (id bigint)")
    bad = Migration(9002, "9002_bad", "create table ops.bad (id bigint); select 1 / 0")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(DatabaseUrls(admin=database_url), steps=[good, bad])
    with database.owner() as connection:
        found = fetch_one(
            connection, "select to_regclass('ops.good') is not null as good, to_regclass('ops.bad') as bad"
        )
        kept = connection.execute("select name from ops.migrations where number > 9000").fetchall()
    assert found == {"good": True, "bad": None}
    assert kept == [{"name": "9001_good"}]
    mended = Migration(9002, "9002_bad", "create table ops.bad (id bigint)")
    assert migrate(DatabaseUrls(admin=database_url), steps=[good, mended]) == ["9002_bad"]


def test_processes_that_start_at_once_apply_each_migration_once(empty_url: str) -> None:
    program = (
        "import sys; from core.database import DatabaseUrls; from core.migrations.migrate import migrate;"
        "url = sys.stdin.readline().strip(); print(*migrate(DatabaseUrls(admin=url)))"
    )
    starters = [_start(program, empty_url) for _ in range(2)]
    outputs = [starter.communicate(timeout=60)[0].split() for starter in starters]
    assert sorted(outputs, key=len) == [[], [migration.name for migration in migrations()]]


def test_everything_belongs_to_the_owner_role(database: Database) -> None:
    with database.owner() as connection:
        others = connection.execute(
            "select relname, relowner::regrole::text as owner from pg_class"
            " where relnamespace in ('ops'::regnamespace, 'raw'::regnamespace)"
            " and relowner <> 'carbonledger_owner'::regrole"
        ).fetchall()
    assert others == []


def _start(program: str, url: str) -> subprocess.Popen[str]:
    """The connection string is handed over by a pipe: an argument could be read by every process of the machine."""
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(url + "\n")
    process.stdin.flush()
    return process
