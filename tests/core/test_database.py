"""Roles and tenants, on a real server."""

import pytest

from core.database import Database, DatabaseUrls, checked_url
from core.errors import DatabaseUnavailableError, InvalidInputError
from core.migrations.migrate import MigrationChangedError, migrate


def test_a_tenant_sees_its_own_rows_even_without_a_where(database: Database) -> None:
    with database.owner() as connection:
        connection.execute(
            "insert into ops.organizations (name, created_at) values ('one', now()), ('two', now()) returning id"
        )
    with database.tenant(1) as connection:
        names = [row["name"] for row in connection.execute("select name from ops.organizations")]
    assert names == ["one"]


def test_the_app_role_sees_nothing_without_a_tenant(database: Database) -> None:
    with database.owner() as connection:
        connection.execute("insert into ops.organizations (name, created_at) values ('one', now())")
    with database.before_tenant() as connection:
        assert connection.execute("select 1 from ops.organizations").fetchall() == []


def test_migrating_twice_applies_nothing_twice(database_url: str) -> None:
    assert migrate(DatabaseUrls(admin=database_url)) == []


def test_an_edited_migration_stops_the_run(database: Database, database_url: str) -> None:
    with database.owner() as connection:
        connection.execute("update ops.migrations set checksum = 'other' where number = 1")
    with pytest.raises(MigrationChangedError, match="0001_foundations"):
        migrate(DatabaseUrls(admin=database_url))


def test_an_unreadable_url_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        checked_url("postgres//secret-password")
    assert "secret-password" not in str(refusal.value)


def test_a_database_that_does_not_answer_says_what_to_check() -> None:
    database = Database(DatabaseUrls(admin="postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(DatabaseUnavailableError, match="CARBONLEDGER_DATABASE_URL"), database.owner():
        pass
