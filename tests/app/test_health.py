"""Health: ages of polls and builds against the limits, and a database that is gone."""

from datetime import timedelta

import httpx
import pytest

from app.context import ServerContext
from app.health import health
from core.clock import FixedClock
from core.database import Database, DatabaseUrls
from tests.app.tenants import a_tenant
from tests.app.usage_data import an_account
from tests.conftest import NOON

pytestmark = pytest.mark.database


def test_a_fresh_installation_is_healthy(database: Database) -> None:
    found = health(database, now=NOON)
    assert (found.status, found.polling.detail, found.warehouse.detail) == (
        "ok",
        "Nothing to poll yet.",
        "Nothing to build yet.",
    )


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(0), "ok"),
        (timedelta(minutes=90), "ok"),
        (timedelta(minutes=90, seconds=1), "warn"),
        (timedelta(minutes=180), "warn"),
        (timedelta(minutes=180, seconds=1), "fail"),
    ],
)
def test_polls_and_builds_grow_old(database: Database, age: timedelta, status: str) -> None:
    tenant = a_tenant(database, "Ada", now=NOON)
    an_account(
        database, tenant.org_id, provider="openai", label="a", project_id=tenant.project_id, now=NOON, data_through=NOON
    )
    with database.worker() as connection:
        connection.execute(
            "insert into ops.builds (started_at, finished_at, state, is_full_refresh, from_arrival_id,"
            " through_arrival_id, factor_version, factor_set_sha256, models_sha256)"
            " values (%s, %s, 'succeeded', true, 0, 0, 'v', 's', 's')",
            [NOON, NOON],
        )
    found = health(database, now=NOON + age)
    assert (found.polling.status, found.warehouse.status, found.status) == (status, status, status)
    assert found.polling.age_seconds == int(age.total_seconds())


def test_a_connection_that_was_never_polled_counts_from_its_making(database: Database) -> None:
    tenant = a_tenant(database, "Ada", now=NOON)
    an_account(database, tenant.org_id, provider="openai", label="a", project_id=tenant.project_id, now=NOON)
    found = health(database, now=NOON + timedelta(minutes=181))
    assert (found.polling.status, found.polling.age_seconds, found.warehouse.status) == ("fail", None, "ok")
    assert found.polling.detail == "The first poll is due for 181 minutes."


def test_connections_that_are_not_polled_make_nobody_wait(database: Database) -> None:
    tenant = a_tenant(database, "Ada", now=NOON)
    an_account(
        database,
        tenant.org_id,
        provider="openai",
        label="a",
        project_id=tenant.project_id,
        now=NOON,
        status="error",
        data_through=NOON,
    )
    assert health(database, now=NOON + timedelta(days=3)).status == "ok"


def test_a_new_connection_is_not_late_by_the_polls_of_one_that_is_gone(database: Database) -> None:
    tenant = a_tenant(database, "Ada", now=NOON)
    for provider, connected_at in (("openai", NOON), ("anthropic", NOON + timedelta(days=3))):
        is_first = provider == "openai"
        an_account(
            database,
            tenant.org_id,
            provider=provider,
            label=provider,
            project_id=tenant.project_id,
            now=connected_at,
            status="error" if is_first else "active",
            data_through=NOON if is_first else None,
        )
    assert health(database, now=NOON + timedelta(days=3, minutes=5)).polling.status == "ok"
    assert health(database, now=NOON + timedelta(days=3, minutes=181)).polling.status == "fail"


def test_a_database_that_is_gone_fails(api: httpx.Client) -> None:
    gone = Database(DatabaseUrls(admin="postgresql://nobody@127.0.0.1:1/none"))
    with gone:
        found = health(gone, now=NOON)
    assert (found.status, found.database.status, found.polling.status) == ("fail", "fail", "fail")


def test_health_on_the_wire(api: httpx.Client, context: ServerContext, clock: FixedClock) -> None:
    tenant = a_tenant(context.database, "Ada", now=NOON)
    an_account(
        context.database, tenant.org_id, provider="openai", label="Secret label", project_id=tenant.project_id, now=NOON
    )
    healthy = api.get("/health")
    clock.advance(timedelta(hours=4))
    failing = api.get("/health")
    assert (healthy.status_code, healthy.json()["status"]) == (200, "ok")
    assert (failing.status_code, failing.json()["status"]) == (503, "fail")
    assert failing.json()["polling"] == {
        "status": "fail",
        "detail": "The first poll is due for 240 minutes.",
        "age_seconds": None,
    }
    assert "Secret label" not in failing.text
    assert api.get("/health/live").json() == {"status": "ok"}
