"""Where the usage of all of an organization's connections goes, in one question."""

from datetime import timedelta

import pytest

from core.database import Database
from ingestion.mapping import WHOLE_ACCOUNT, MappingChange, Selector, change_mapping
from ingestion.projects import create_project
from ingestion.routes import list_routes
from tests.app.tenants import Tenant, a_tenant
from tests.app.usage_data import Account, an_account
from tests.conftest import NOON

pytestmark = pytest.mark.database
KEY = Selector("api_key", "key_1")
PART = Selector("project", "proj_z")


def test_routes_are_what_is_in_force_or_planned_by_connection_and_the_whole_account_first(database: Database) -> None:
    ada, bob = (a_tenant(database, name, now=NOON) for name in ("Ada", "Bob"))
    first, second, theirs = (
        an_account(database, tenant.org_id, provider="openai", label=label, project_id=tenant.project_id, now=NOON)
        for tenant, label in ((ada, "First"), (ada, "Second"), (bob, "Theirs"))
    )
    search = create_project(database, org_id=ada.org_id, name="Search", actor="user_1", now=NOON).id
    later = NOON + timedelta(hours=2)
    _map(database, ada, first, version=1, project_id=search, selectors=(KEY, PART), hours=0)
    _map(database, ada, first, version=2, project_id=search, selectors=(WHOLE_ACCOUNT,), hours=2)
    shown = [
        (route.connection_label, route.workload.selector, route.workload.project_name, route.workload.starts_at)
        for route in list_routes(database, ada.org_id, now=NOON)
    ]
    assert shown == [
        ("First", WHOLE_ACCOUNT, "Default", None),
        ("First", WHOLE_ACCOUNT, "Search", later),
        ("First", PART, "Search", NOON),
        ("First", KEY, "Search", NOON),
        ("Second", WHOLE_ACCOUNT, "Default", None),
    ]
    assert [route.workload.project_name for route in list_routes(database, ada.org_id, now=later)] == [
        "Search", "Search", "Search", "Default",
    ]  # fmt: skip
    assert [route.connection_id for route in list_routes(database, bob.org_id, now=NOON)] == [theirs.connection_id]
    with database.worker() as connection:
        connection.execute(
            "update ops.connections set status = 'deleted', deleted_at = %s, secret_arn = null where id = %s",
            [NOON, second.connection_id],
        )
    assert {route.connection_label for route in list_routes(database, ada.org_id, now=NOON)} == {"First"}


def _map(
    database: Database,
    tenant: Tenant,
    account: Account,
    *,
    version: int,
    project_id: int,
    selectors: tuple[Selector, ...],
    hours: int,
) -> None:
    change_mapping(
        database,
        org_id=tenant.org_id,
        connection_id=account.connection_id,
        version=version,
        changes=[MappingChange(selector, project_id) for selector in selectors],
        effective_at=NOON + timedelta(hours=hours),
        actor="user_1",
        now=NOON,
    )
