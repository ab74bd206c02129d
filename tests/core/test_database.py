"""Connections: what is refused, what does not answer, and that every session speaks UTC."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from core.database import Database, DatabaseUrls, advisory_key, checked_url, connect, create_database, fetch_one
from core.errors import DatabaseUnavailableError, InvalidInputError


@pytest.mark.parametrize(
    "url", ["postgres//secret-password", "host=h secret-password", "postgresql://h/d?secret-password"]
)
def test_an_unreadable_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidInputError, match="CARBONLEDGER_DATABASE_URL") as refusal:
        checked_url(url)
    assert "secret-password" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_database_that_does_not_answer_says_what_to_check() -> None:
    database = Database(DatabaseUrls(admin="postgresql://nobody:secret-password@127.0.0.1:1/none"))
    with pytest.raises(DatabaseUnavailableError, match="CARBONLEDGER_DATABASE_URL") as refusal, database.owner():
        pass
    assert "secret-password" not in str(refusal.value)


def test_urls_are_not_in_the_repr() -> None:
    urls = DatabaseUrls(admin="postgresql://a:secret@h/d", worker="postgresql://w:secret@h/d")
    assert "secret" not in repr(urls)


def test_advisory_keys_are_stable_and_fit_two_int4() -> None:
    assert advisory_key("arrivals") == advisory_key("arrivals") != advisory_key("migrate")
    assert advisory_key("account", 2**31 + 5)[1] == 5
    assert all(0 <= part < 2**31 for part in advisory_key("a" * 500, 2**62))


@pytest.mark.database
class TestOnAServer:
    def test_every_session_speaks_utc_in_its_role(self, database: Database) -> None:
        asked = "select current_user::text as role, current_setting('TimeZone') as zone"
        with database.before_tenant() as app, database.worker() as worker, database.owner() as owner:
            found = [fetch_one(connection, asked) for connection in (app, worker, owner)]
        with database.session() as session:
            found.append(fetch_one(session, asked))
        roles = ["carbonledger_app", "carbonledger_worker", "carbonledger_owner", "carbonledger_worker"]
        assert found == [{"role": role, "zone": "UTC"} for role in roles]

    def test_an_error_rolls_the_transaction_back(self, database: Database) -> None:
        class BoomError(Exception):
            pass

        def insert_and_fail() -> None:
            with database.owner() as connection:
                connection.execute("insert into ops.organizations (name, created_at) values ('one', now())")
                raise BoomError

        with pytest.raises(BoomError):
            insert_and_fail()
        with database.owner() as connection:
            assert connection.execute("select 1 from ops.organizations").fetchall() == []

    def test_threads_share_one_pool_a_role(self, database: Database) -> None:
        def backend(_: int) -> int:
            with database.worker() as connection:
                return int(fetch_one(connection, "select pg_backend_pid() as pid")["pid"])

        with ThreadPoolExecutor(16) as threads:
            assert len(set(threads.map(backend, range(64)))) <= 4

    def test_a_connection_that_the_server_closed_is_replaced(self, database: Database, database_url: str) -> None:
        with database.worker() as connection:
            pid = fetch_one(connection, "select pg_backend_pid() as pid")["pid"]
        with connect(database_url) as administrator:
            administrator.execute("select pg_terminate_backend(%s, 5000)", [pid])
        with database.worker() as connection:
            assert fetch_one(connection, "select pg_backend_pid() as pid")["pid"] != pid

    def test_creating_a_database_twice_is_the_same_as_once(self, postgres_url: str, database_url: str) -> None:
        name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
        assert create_database(postgres_url, str(name)) == database_url

    def test_roles_may_have_log_ins_of_their_own(self, database: Database, database_url: str) -> None:
        roles = {"worker": "carbonledger_worker", "app": "carbonledger_app"}
        with connect(database_url, autocommit=True) as administrator:
            for login, role in roles.items():
                administrator.execute(
                    sql.SQL("create role {} login password 'test' in role {}").format(
                        sql.Identifier(f"test_{login}"), sql.Identifier(role)
                    )
                )
        try:
            urls = {
                name: psycopg.conninfo.make_conninfo(database_url, user=f"test_{name}", password="test")
                for name in roles
            }
            with Database(DatabaseUrls(admin=database_url, **urls)) as separate:
                asked = "select session_user::text as login, current_user::text as role"
                with separate.tenant(1) as connection:
                    assert fetch_one(connection, asked) == {"login": "test_app", "role": "carbonledger_app"}
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute("set role carbonledger_worker")
                with separate.worker() as connection:
                    assert fetch_one(connection, asked) == {"login": "test_worker", "role": "carbonledger_worker"}
        finally:
            with connect(database_url, autocommit=True) as administrator:
                administrator.execute("drop role test_worker, test_app")
