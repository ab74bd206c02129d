"""What the three roles may see: asked of the catalogue, so that a table of tomorrow is caught too."""

import psycopg
import pytest

from core.database import APP_ROLE, OWNER_ROLE, WORKER_ROLE, Database, fetch_one
from core.migrations.migrate import migrations
from tests.core.test_authentication_functions import FOR_THE_WORKER_ALONE

pytestmark = pytest.mark.database

TENANT_TABLES = """
    select pg_class.oid, pg_class.oid::regclass::text as name, relrowsecurity, relforcerowsecurity
    from pg_class
    where relnamespace in ('ops'::regnamespace, 'raw'::regnamespace) and relkind in ('r', 'p')
        and (pg_class.oid = 'ops.organizations'::regclass or exists (
            select from pg_attribute where attrelid = pg_class.oid and attname = 'org_id' and not attisdropped
        ))
    order by name
"""
POLICIES = """
    select polname as name, polcmd::text as command,
        (select array_agg(role::regrole::text) from unnest(polroles) as role) as roles,
        pg_get_expr(polqual, polrelid) as reads, pg_get_expr(polwithcheck, polrelid) as writes
    from pg_policy where polpermissive and polrelid = %s order by polname -- a restrictive one can only narrow
"""


def policy(name: str, role: str, condition: str) -> dict[str, object]:
    """One policy for all commands, the same condition on what is read and what is written."""
    return {"name": name, "command": "*", "roles": [role], "reads": condition, "writes": condition}


def test_every_table_with_a_tenant_is_protected_the_same_way(database: Database) -> None:
    with database.owner() as connection:
        tables = connection.execute(TENANT_TABLES).fetchall()
        for table in tables:
            column = "id" if table["name"] == "ops.organizations" else "org_id"
            assert table["relrowsecurity"], table["name"]
            assert table["relforcerowsecurity"], table["name"]
            assert connection.execute(POLICIES, [table["oid"]]).fetchall() == [
                policy("owner", OWNER_ROLE, "true"),
                policy("tenant", APP_ROLE, f"({column} = ops.current_org_id())"),
                policy("worker", WORKER_ROLE, "true"),
            ], table["name"]
    assert len(tables) >= 18


def test_no_table_has_a_tenant_by_another_name(database: Database) -> None:
    """Each table of ops and raw has an org_id, or stands in this list with what it holds."""
    without = {
        "ops.organizations": "the tenants themselves, protected by id",
        "ops.users": "people; the app role reaches them by functions only",
        "ops.password_resets": "hashes of tokens; by functions only",
        "ops.throttle_events": "hashes of addresses; by functions only",
        "ops.operators": "granted on the command line only",
        "ops.seen_models": "names of models, a fine-tuned one may name its owner; not for the app role",
        "ops.model_classes": "names of models, as above",
        "ops.model_prices": "a public price list",
        "ops.builds": "runs of the warehouse over all tenants",
        "ops.stripe_events": "what Stripe sent, before it is known whose it is; webhooks reach it by a function only",
        "ops.sync_cursors": "how far a sweep over an outside list came",
        "ops.credit_blocks": "the pool's credits, of all tenants together; operators' and the worker's",
        "ops.retirements": "units of the pool; a tenant sees those of its own periods by ops.period_credits only",
        "ops.credit_evidence": "files about the pool's units",
        "ops.credit_invalidations": "units of the pool that a registry took back",
        "ops.credit_balances": "sums of the pool, a view",
        "ops.receipt_issuer": "the one name that receipts are issued under; public",
        "ops.signing_keys": "keys of the issuer; their public halves are public, nobody reads where the others lie",
        "ops.log_leaves": "the transparency log: public, and it names no tenant",
        "ops.log_nodes": "its hashes",
        "ops.log_checkpoints": "its signed tree heads",
        "ops.migrations": "the ledger of migrations",
    }
    with database.owner() as connection:
        found = connection.execute(
            "select pg_class.oid::regclass::text as name from pg_class"
            " where relnamespace in ('ops'::regnamespace, 'raw'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'f')"
            " and not exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'org_id')"
        ).fetchall()
    assert {row["name"] for row in found} - without.keys() == set()


def test_of_tables_without_a_tenant_the_app_role_reads_builds_and_what_is_public(database: Database) -> None:
    with database.owner() as connection:
        readable = connection.execute(
            "select pg_class.oid::regclass::text as name from pg_class"
            " where relnamespace in ('ops'::regnamespace, 'raw'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'f')"
            " and not relrowsecurity and has_table_privilege(%s, pg_class.oid, 'select')",
            [APP_ROLE],
        ).fetchall()
    public = {"ops.receipt_issuer", "ops.log_leaves", "ops.log_nodes", "ops.log_checkpoints"}
    assert {row["name"] for row in readable} == {"ops.builds", *public}


def test_no_role_is_past_row_level_security_or_may_log_in(database: Database) -> None:
    with database.owner() as connection:
        strong = connection.execute(
            "select rolname from pg_roles where rolname = any(%s) and"
            " (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolcanlogin)",
            [[OWNER_ROLE, WORKER_ROLE, APP_ROLE]],
        ).fetchall()
        member = fetch_one(
            connection,
            "select pg_has_role(%(app)s, %(worker)s, 'member') or pg_has_role(%(app)s, %(owner)s, 'member')"
            " or pg_has_role(%(worker)s, %(owner)s, 'member') as of_another",
            {"app": APP_ROLE, "worker": WORKER_ROLE, "owner": OWNER_ROLE},
        )
    assert strong == []
    assert member["of_another"] is False


def test_the_app_role_owns_nothing_and_makes_nothing(database: Database) -> None:
    with database.owner() as connection:
        owned = connection.execute("select relname from pg_class where relowner = %s::regrole", [APP_ROLE]).fetchall()
        may_make = connection.execute(
            "select nspname from pg_namespace where has_schema_privilege(%s, oid, 'create')", [APP_ROLE]
        ).fetchall()
    assert owned == []
    assert may_make == []


@pytest.mark.parametrize("schema", ["raw", "staging", "intermediate"])
def test_the_app_role_does_not_enter_what_requests_must_not_read(database: Database, schema: str) -> None:
    with database.owner() as connection:
        asked = "select has_schema_privilege(%s, %s, 'usage') as may_enter"
        assert fetch_one(connection, asked, [APP_ROLE, schema]) == {"may_enter": False}


def test_the_app_role_cannot_read_an_observation(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.tenant(1) as connection:
        connection.execute("select * from raw.usage_observations")


@pytest.mark.parametrize(
    "act", ["update raw.usage_observations set revision = 2", "delete from raw.usage_observations"]
)
def test_observations_are_append_only_even_for_the_worker(database: Database, act: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.worker() as connection:
        connection.execute(act.encode())


def test_a_tenant_cannot_write_a_row_of_another(database: Database) -> None:
    with database.owner() as connection:
        connection.execute("insert into ops.organizations (name, created_at) values ('one', now()), ('two', now())")
    insert = "insert into ops.projects (org_id, name, created_at) values (%s, 'ours', now())"
    with database.tenant(1) as connection:
        connection.execute(insert, [1])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.tenant(1) as connection:
        connection.execute(insert, [2])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.tenant(1) as connection:
        connection.execute("update ops.projects set org_id = 2")


def test_the_tenant_ends_with_its_transaction(database: Database) -> None:
    """The pool hands the same connection to the next request."""
    with database.owner() as connection:
        connection.execute("insert into ops.organizations (name, created_at) values ('one', now())")
    with database.tenant(1) as connection:
        assert len(connection.execute("select 1 from ops.organizations").fetchall()) == 1
    with database.before_tenant() as connection:
        assert connection.execute("select 1 from ops.organizations").fetchall() == []


def test_functions_that_look_past_tenants_are_closed_to_all_but_whom_they_serve(database: Database) -> None:
    with database.owner() as connection:
        entrances = connection.execute(
            "select proname, oid::regprocedure::text as name, proowner::regrole::text as owner, proconfig as settings,"
            " has_function_privilege(%s, oid, 'execute') as app,"
            " has_function_privilege('public', oid, 'execute') as all"
            " from pg_proc where prosecdef and pronamespace = 'ops'::regnamespace",
            [APP_ROLE],
        ).fetchall()
    for entrance in entrances:
        assert entrance["owner"] == OWNER_ROLE
        assert entrance["settings"] == ["search_path=pg_catalog, pg_temp"], entrance["name"]
        is_for_the_app = entrance["proname"] not in FOR_THE_WORKER_ALONE
        assert (entrance["app"], entrance["all"]) == (is_for_the_app, False), entrance["name"]
    assert entrances


def test_no_migration_turns_protection_off() -> None:
    for migration in migrations():
        assert "disable row level security" not in migration.text.lower()
        assert "no force row level security" not in migration.text.lower()
