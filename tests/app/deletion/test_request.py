"""Who may delete an organization, and what stops the moment they do, at the wire."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.accounts.delete_organization import NotDeletableYetError, WrongOrganizationNameError
from app.api.application import create_api
from app.commands.organizations import delete_organization
from app.context import ServerContext
from core.database import Database
from core.errors import InvalidInputError, NotFoundError
from core.settings import Settings
from ingestion.poll import poll_due
from tests.app.serving import serving
from tests.app.tenants import PASSWORD, Tenant, a_tenant
from tests.app.usage_data import an_account
from tests.conftest import NOON

pytestmark = pytest.mark.database

RIGHT = {"name": "Ada", "password": PASSWORD.get_secret_value()}


@pytest.fixture
def client(context: ServerContext) -> Iterator[httpx.Client]:
    with serving(create_api(context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def ada(database: Database) -> Tenant:
    ada = a_tenant(database, "Ada", now=NOON)
    an_account(database, ada.org_id, provider="openai", label="One", project_id=ada.project_id, now=NOON)
    return ada


def ask(client: httpx.Client, headers: dict[str, str], **changes: str) -> httpx.Response:
    return client.request("DELETE", "/v1/organization", headers=headers, json=RIGHT | changes)


def test_its_owner_deletes_it_and_everything_stops_at_once(
    client: httpx.Client, context: ServerContext, ada: Tenant
) -> None:
    assert (answer := ask(client, ada.by_cookie)).status_code == 202, answer.text
    assert [client.get("/v1/me", headers=each).status_code for each in (ada.by_cookie, ada.by_key)] == [401, 401]
    logged_in = client.post("/auth/login", json={"email": "ada@example.com", "password": RIGHT["password"]})
    assert (logged_in.status_code, logged_in.json()["code"]) == (403, "no-organization")
    parts: Any = (context.database, context.providers, context.secrets, context.clock)
    assert poll_due(*parts, cause="hourly").connections_polled == 0
    with context.database.owner() as connection:
        (row,) = connection.execute("select status, error_code from ops.connections").fetchall()
    assert row == {"status": "skipped", "error_code": "organization-deleted"}
    assert ask(client, ada.by_cookie).status_code == 401


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"password": "not it at all"}, "wrong-present-password"), ({"name": "ada"}, "wrong-organization-name")],
)
def test_the_password_and_the_name_are_asked_for(
    client: httpx.Client, ada: Tenant, changes: dict[str, str], code: str
) -> None:
    refused = ask(client, ada.by_cookie, **changes)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert client.get("/v1/me", headers=ada.by_cookie).status_code == 200


def test_no_key_deletes_it(client: httpx.Client, ada: Tenant) -> None:
    assert ask(client, ada.by_key).status_code == 403


@pytest.mark.parametrize("role", ["admin", "member", "viewer"])
def test_only_an_owner_deletes_it(client: httpx.Client, database: Database, ada: Tenant, role: str) -> None:
    with database.owner() as connection:
        connection.execute("update ops.memberships set role = %s", [role])
    refused = ask(client, ada.by_cookie)
    assert (refused.status_code, refused.json()["detail"]) == (403, f"Your role is {role}; this takes the role owner.")


def test_an_operator_deletes_it_by_the_command_line_and_twice_is_once(
    settings: Settings, database: Database, database_url: str, ada: Tenant
) -> None:
    operator = Settings(home=settings.home, database_url=database_url, _env_file=None)
    with database.owner() as connection:
        connection.execute(
            "update ops.connections set secret_arn = %s", [f"arn:carbonledger:vault:local:secret:{'0' * 32}"]
        )
    with pytest.raises(WrongOrganizationNameError):
        delete_organization(operator, "org_1", name="Bob")
    for _ in range(2):  # what was under way may still write
        assert delete_organization(operator, "org_1", name="Ada").startswith("org_1 is closed: nobody gets in")
        with database.owner() as connection:
            assert connection.execute("select state, name from ops.organizations").fetchall() == [
                {"state": "deleting", "name": "Ada"}
            ]
    with database.owner() as connection:
        connection.execute("update ops.organizations set deletion_requested_at = %s", [NOON - timedelta(days=1)])
    assert delete_organization(operator, "org_1", name="Ada") == "org_1 is erased"
    assert delete_organization(operator, "org_1", name="Ada") == "org_1 was erased before"
    assert delete_organization(operator, None, name="") == "0 organizations erased"
    with pytest.raises(NotFoundError):
        delete_organization(operator, "org_2", name="")
    with pytest.raises(InvalidInputError):
        delete_organization(operator, "Ada", name="")


def test_what_is_paid_for_comes_to_its_end_first(client: httpx.Client, database: Database, ada: Tenant) -> None:
    with database.worker() as connection:
        connection.execute(
            "insert into ops.subscriptions (stripe_subscription_id, org_id, status, tier, price_lookup_key, interval,"
            " started_at, current_span, cancels_at_period_end, is_collection_paused, fetched_at) values ('sub_1', %s,"
            " 'active', 'starter', 'carbonledger_starter_monthly', 'month', %s, '[2026-11-01,2026-12-01)', true, false,"
            " %s)",
            [ada.org_id, NOON, NOON],
        )
    refused = ask(client, ada.by_cookie)
    assert (refused.status_code, refused.json()["code"]) == (409, NotDeletableYetError.code)
    assert refused.json()["detail"] == (
        "There is a paid plan, which runs until 2026-12-01: cancel it on the billing page first."
    )
    with database.worker() as connection:
        connection.execute("update ops.subscriptions set status = 'canceled'")
    assert ask(client, ada.by_cookie).status_code == 202
