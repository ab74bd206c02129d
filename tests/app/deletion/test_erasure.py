"""What is left of a deleted organization: no text of its people in any table, every number of its ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from pydantic import SecretStr

from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database, connect
from core.erasure import ERASED_AFTER, erase, erase_due, is_due
from core.secret_store import SecretStore, SecretStoreUnavailableError
from tests.app.deletion.marked import OWNER, WORD, begin, everything_of, mark, rows_with, sums_of
from tests.app.world import World
from tests.conftest import NOON
from warehouse.build import build

pytestmark = pytest.mark.database

WRITES = ("ops.outbox", "ops.users", "ops.projects", "raw.usage_observations", "marts.dim_projects")
"""A table that each part of the work writes to, in the order of the work."""


class RefusingStore:
    """Secrets that cannot be destroyed from the nth on."""

    def __init__(self, store: SecretStore, *, lets: int) -> None:
        self._store, self._lets = store, lets

    def put(self, name: str, secret: SecretStr) -> str:
        return self._store.put(name, secret)

    def get(self, arn: str) -> SecretStr:
        return self._store.get(arn)

    def delete(self, arn: str) -> None:
        self._lets -= 1
        if self._lets < 0:
            raise SecretStoreUnavailableError("The store does not answer.")
        self._store.delete(arn)


@contextmanager
def a_kill_at(database: Database, table: str) -> Iterator[None]:
    """Whoever writes to the table loses the transaction."""
    with connect(database.urls.admin, autocommit=True) as connection:
        connection.execute(
            "create function public.kill() returns trigger language plpgsql as"
            " $$ begin raise exception 'killed' using errcode = 'query_canceled'; end $$"
        )
        connection.execute(
            f"create trigger kill before update or delete on {table} execute function public.kill()".encode()
        )
        yield
        connection.execute(f"drop trigger kill on {table}".encode())
        connection.execute("drop function public.kill()")


def test_no_text_is_left_in_any_table_and_every_number_is(own_built_context: ServerContext, world: World) -> None:
    context, database = own_built_context, own_built_context.database
    mark(context, world)
    counted, bobs = sums_of(database), everything_of(database, world.bob.org_id)
    files = len(list(context.settings.home_path.glob("vault/*")))
    begin(database, world.ada.org_id)
    assert erase_due(database, context.secrets, now=NOON + ERASED_AFTER) == 1
    assert rows_with(database, WORD, OWNER) == {}
    assert sums_of(database) == counted
    assert everything_of(database, world.bob.org_id) == bobs
    assert (
        len(list(context.settings.home_path.glob("vault/*"))) == files - 5
    )  # three keys, a target, the receipts' vault
    assert is_due(database, now=NOON + ERASED_AFTER) is False

    build(database, clock=FixedClock(NOON), full_refresh=True)
    assert rows_with(database, WORD, OWNER) == {}
    assert sums_of(database) == counted


def test_who_belongs_elsewhere_stays(own_built_context: ServerContext, world: World) -> None:
    context, database = own_built_context, own_built_context.database
    mark(context, world)
    begin(database, world.ada.org_id)
    erase_due(database, context.secrets, now=NOON + ERASED_AFTER)
    with database.owner() as connection:
        people = connection.execute("select email from ops.users order by id").fetchall()
        left = connection.execute("select name, state from ops.organizations order by id").fetchall()
    assert [row["email"] for row in people] == ["bob@example.com"]
    assert left == [{"name": "Erased organization", "state": "deleted"}, {"name": "Bob", "state": "active"}]


def test_killed_at_any_part_and_run_again_it_ends_the_same(
    own_built_context: ServerContext, other_built_context: ServerContext, world: World
) -> None:
    for context in (own_built_context, other_built_context):
        mark(context, world)
        begin(context.database, world.ada.org_id)
    erase(other_built_context.database, other_built_context.secrets, org_id=world.ada.org_id, now=NOON)

    context, database = own_built_context, own_built_context.database
    with pytest.raises(SecretStoreUnavailableError):
        erase(database, RefusingStore(context.secrets, lets=2), org_id=world.ada.org_id, now=NOON)
    for table in WRITES:
        with a_kill_at(database, table), pytest.raises(psycopg.errors.QueryCanceled):
            erase(database, context.secrets, org_id=world.ada.org_id, now=NOON)
    with database.worker() as connection:
        connection.execute(
            "insert into ops.builds (started_at, state, is_full_refresh, from_arrival_id, through_arrival_id,"
            " factor_version, factor_set_sha256, models_sha256) values (%s, 'running', true, 0, 0, 'v', 'x', 'x')",
            [NOON],
        )
    assert not erase(database, context.secrets, org_id=world.ada.org_id, now=NOON)  # it may have read a name
    assert erase_due(database, context.secrets, now=NOON + ERASED_AFTER) == 0
    with database.worker() as connection:
        connection.execute("update ops.builds set state = 'failed' where state = 'running'")
    assert [erase(database, context.secrets, org_id=world.ada.org_id, now=NOON) for _ in range(2)] == [True, False]
    assert rows_with(database, WORD, OWNER) == {}
    twin = everything_of(other_built_context.database, world.ada.org_id)
    assert everything_of(database, world.ada.org_id) == twin


def test_an_organization_that_nobody_deletes_loses_nothing(own_built_context: ServerContext, world: World) -> None:
    context, database = own_built_context, own_built_context.database
    mark(context, world)
    before = everything_of(database, world.ada.org_id)
    assert not erase(database, context.secrets, org_id=world.ada.org_id, now=NOON)
    assert everything_of(database, world.ada.org_id) == before
    begin(database, world.ada.org_id)
    assert erase_due(database, context.secrets, now=NOON) == 0  # requests that are under way may still write
