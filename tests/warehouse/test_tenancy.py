"""Marts under row-level security: one organization never sees a row of another, whatever it asks and whenever."""

from datetime import timedelta

import pytest

from core.database import APP_ROLE, Database
from tests.warehouse.world import SOME_HOUR, a_tenant, build_now

pytestmark = pytest.mark.database

TENANT_MARTS = (
    *("fct_usage", "fct_usage_revisions", "fct_daily_emissions", "fct_daily_models", "fct_daily_projects"),
    *("dim_accounts", "dim_projects"),
)


def test_an_organization_sees_its_own_rows_without_a_where(shared_database: Database) -> None:
    tenants = [a_tenant(shared_database, name) for name in ("One", "Two")]
    for tenant in tenants:
        tenant.observe(tenant.account(), output_tokens=1)
        tenant.observe(tenant.accounts[0], output_tokens=2, revision=2)
    for hours_ago, step in enumerate(("first build", "second build", "full refresh"), start=1):
        for tenant in tenants:
            tenant.observe(
                tenant.accounts[0], output_tokens=1, bucket_started_at=SOME_HOUR - timedelta(hours=hours_ago)
            )
        build_now(shared_database, full_refresh=step == "full refresh")
        for tenant, other in zip(tenants, reversed(tenants), strict=True):
            with shared_database.tenant(tenant.org_id) as connection:
                for mart in TENANT_MARTS:
                    seen = connection.execute(f"select distinct org_id from marts.{mart}".encode()).fetchall()
                    assert seen == [{"org_id": tenant.org_id}], (mart, step)
                    forged = f"select count(*) as n from marts.{mart} where org_id = {other.org_id}"
                    assert connection.execute(forged.encode()).fetchall() == [{"n": 0}], (mart, step)
        with shared_database.before_tenant() as connection:
            for mart in TENANT_MARTS:
                assert connection.execute(f"select count(*) as n from marts.{mart}".encode()).fetchall() == [{"n": 0}]


def test_every_table_of_the_marts_forces_row_level_security(shared_database: Database) -> None:
    build_now(shared_database, full_refresh=True)
    with shared_database.worker() as connection:
        tables = connection.execute(
            """
            select relname, relkind, relrowsecurity and relforcerowsecurity as forced from pg_class
            where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v', 'm', 'p')
            """
        ).fetchall()
    assert {table["relname"] for table in tables} >= {*TENANT_MARTS, "rpt_methodology", "rpt_provider_accuracy"}
    assert all(table["relkind"] == "r" and table["forced"] for table in tables), tables


def test_the_app_reads_marts_and_nothing_before_them(shared_database: Database) -> None:
    with shared_database.worker() as connection:
        granted = connection.execute(
            """
            select table_schema, table_name, privilege_type from information_schema.role_table_grants
            where grantee = %s and table_schema in ('raw', 'staging', 'intermediate', 'reference', 'marts')
            """,
            [APP_ROLE],
        ).fetchall()
    assert {(row["table_schema"], row["privilege_type"]) for row in granted} == {("marts", "SELECT")}
