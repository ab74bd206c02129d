"""What stands in the way of an erasure, or comes in the moment between its request and the work."""

from datetime import timedelta

import pytest

from app.context import ServerContext
from core.database import Database, connect
from core.erasure import ERASED_AFTER, erase, erase_due
from core.secret_store import SecretMissingError
from tests.app.deletion.marked import begin, mark
from tests.app.tenants import a_tenant
from tests.app.usage_data import an_account
from tests.app.world import World
from tests.conftest import NOON

pytestmark = pytest.mark.database


def test_one_that_cannot_be_erased_holds_up_no_other(context: ServerContext, database: Database) -> None:
    ada, bob = (a_tenant(database, name, now=NOON) for name in ("Ada", "Bob"))
    an_account(database, ada.org_id, provider="openai", label="One", project_id=ada.project_id, now=NOON)
    with database.owner() as connection:
        connection.execute("update ops.connections set secret_arn = 'arn:of:another:store'")
    begin(database, ada.org_id, name="Ada")
    begin(database, bob.org_id, name="Bob")
    with pytest.raises(SecretMissingError):
        erase_due(database, context.secrets, now=NOON + ERASED_AFTER)
    with database.owner() as connection:
        states = connection.execute("select state from ops.organizations order by id").fetchall()
    assert [row["state"] for row in states] == ["deleting", "deleted"]


def test_a_project_that_is_called_as_another_will_be(context: ServerContext, database: Database) -> None:
    ada = a_tenant(database, "Ada", now=NOON)
    with database.owner() as connection:
        connection.execute(
            "insert into ops.projects (org_id, name, created_at) values (%s, %s, %s)",
            [ada.org_id, f"Erased project {ada.project_id}", NOON],
        )
    begin(database, ada.org_id, name="Ada")
    assert erase(database, context.secrets, org_id=ada.org_id, now=NOON)
    with database.owner() as connection:
        projects = connection.execute("select id, name from ops.projects order by id").fetchall()
    assert [row["name"] for row in projects] == [f"Erased project {row['id']}" for row in projects]


def test_who_becomes_a_member_in_the_moment_of_the_deletion_goes_too(
    context: ServerContext, database: Database
) -> None:
    ada = a_tenant(database, "Ada", now=NOON)
    begin(database, ada.org_id, name="Ada")
    with database.owner() as connection:  # the request had read the invitation before it was withdrawn
        connection.execute(
            "with person as (insert into ops.users (email, password_hash, created_at)"
            " values ('late@example.com', 'x', %(now)s) returning id)"
            " insert into ops.memberships (org_id, user_id, role, created_at)"
            " select %(org_id)s, id, 'viewer', %(now)s from person",
            {"org_id": ada.org_id, "now": NOON},
        )
    assert erase(database, context.secrets, org_id=ada.org_id, now=NOON + timedelta(minutes=2))
    with database.owner() as connection:
        assert connection.execute("select email from ops.users").fetchall() == []


def test_a_build_that_ends_while_names_are_taken_away_may_have_written_one_after(
    own_built_context: ServerContext, world: World
) -> None:
    context, database = own_built_context, own_built_context.database
    mark(context, world)
    begin(database, world.ada.org_id)
    with database.worker() as connection:
        connection.execute(
            "insert into ops.builds (started_at, state, is_full_refresh, from_arrival_id, through_arrival_id,"
            " factor_version, factor_set_sha256, models_sha256) values (%s, 'running', true, 0, 0, 'v', 'x', 'x')",
            [NOON],
        )
    with connect(database.urls.admin) as connection:
        connection.execute(
            "create function public.end_build() returns trigger language plpgsql as"
            " $$ begin update ops.builds set state = 'failed' where state = 'running'; return null; end $$"
        )
        connection.execute(
            "create trigger end_build after update on marts.dim_projects execute function public.end_build()"
        )
    assert not erase(database, context.secrets, org_id=world.ada.org_id, now=NOON)
    with database.worker() as connection:
        connection.execute("update ops.builds set state = 'failed' where state = 'running'")
    assert erase(database, context.secrets, org_id=world.ada.org_id, now=NOON)
