"""/v1/connections on the wire, with a provider on the other side."""

import httpx
import pytest

from app.context import ServerContext
from core.database import fetch_one
from tests.app.api.conftest import OTHER_ACCOUNT_KEY, SECOND_KEY
from tests.app.tenants import Tenant
from tests.sandbox_process import admin_key

pytestmark = pytest.mark.database

AT_NOON = "2026-11-22T12:00:00Z"


def connect(client: httpx.Client, tenant: Tenant, **changes: object) -> httpx.Response:
    body = {"provider": "openai", "api_key": admin_key("openai")} | changes
    return client.post("/v1/connections", json=body, headers=tenant.by_key)


def test_a_connection_is_made_with_its_first_sync_queued(connecting: httpx.Client, ada: Tenant) -> None:
    answer = connect(connecting, ada, label="Production", project_id=f"proj_{ada.project_id}")
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"] == f"/v1/connections/{made['id']}"
    assert made == {
        "id": made["id"],
        "provider": "openai",
        "label": "Production",
        "status": "active",
        "error": None,
        "usage_endpoint": "organization",
        "project_id": f"proj_{ada.project_id}",
        "last_polled_at": None,
        "data_through": None,
        "history_from": "2026-10-23T00:00:00Z",
        "created_at": AT_NOON,
        "sync": {
            "id": made["sync"]["id"],
            "state": "queued",
            "progress": {"done": 0, "total": None},
            "requested_at": AT_NOON,
            "finished_at": None,
            "error": None,
        },
    }


@pytest.mark.parametrize(("provider", "label"), [("anthropic", "Anthropic"), ("openrouter", "OpenRouter")])
def test_a_connection_without_label_and_project_gets_the_usual_ones(
    connecting: httpx.Client, ada: Tenant, provider: str, label: str
) -> None:
    made = connect(connecting, ada, provider=provider, api_key=admin_key(provider)).json()
    assert (made["label"], made["project_id"]) == (label, f"proj_{ada.project_id}")


def test_what_was_made_is_listed_and_found_by_its_address(connecting: httpx.Client, ada: Tenant) -> None:
    answer = connect(connecting, ada)
    listed = connecting.get("/v1/connections", headers=ada.by_cookie).json()
    assert listed == {"data": [answer.json()], "next_cursor": None}
    assert connecting.get(answer.headers["Location"], headers=ada.by_cookie).json() == answer.json()


def test_connections_come_in_pages(connecting: httpx.Client, ada: Tenant) -> None:
    made = [
        connect(connecting, ada, provider=name, api_key=admin_key(name)).json()["id"]
        for name in ("openai", "anthropic", "openrouter")
    ]
    first = connecting.get("/v1/connections", params={"limit": 2}, headers=ada.by_key).json()
    rest = connecting.get(
        "/v1/connections", params={"limit": 2, "cursor": first["next_cursor"]}, headers=ada.by_key
    ).json()
    assert [each["id"] for each in first["data"]] == made[:2]
    assert ([each["id"] for each in rest["data"]], rest["next_cursor"]) == (made[2:], None)


def test_a_label_can_be_changed(connecting: httpx.Client, ada: Tenant) -> None:
    address = connect(connecting, ada).headers["Location"]
    changed = connecting.patch(address, json={"label": "  Staging "}, headers=ada.by_key)
    assert (changed.status_code, changed.json()["label"]) == (200, "Staging")


def test_a_new_key_of_the_same_account_replaces_the_old_one(
    connecting: httpx.Client, ada: Tenant, provider_context: ServerContext
) -> None:
    made = connect(connecting, ada)
    changed = connecting.patch(made.headers["Location"], json={"api_key": SECOND_KEY}, headers=ada.by_key)
    assert (changed.status_code, changed.json()["id"]) == (200, made.json()["id"])
    with provider_context.database.worker() as connection:
        arn = fetch_one(connection, "select secret_arn from ops.connections")["secret_arn"]
    assert provider_context.secrets.get(arn).get_secret_value() == SECOND_KEY


def test_the_usage_endpoint_can_be_changed(connecting: httpx.Client, ada: Tenant) -> None:
    address = connect(connecting, ada, provider="anthropic", api_key=admin_key("anthropic")).headers["Location"]
    changed = connecting.patch(address, json={"usage_endpoint": "analytics"}, headers=ada.by_key)
    assert (changed.status_code, changed.json()["usage_endpoint"]) == (200, "analytics")


def test_a_sync_that_is_asked_for_twice_is_one_request(connecting: httpx.Client, ada: Tenant) -> None:
    made = connect(connecting, ada)
    address = made.headers["Location"] + "/sync"
    first, second = (connecting.post(address, headers=ada.by_key) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["sync"] == second.json()["sync"] == made.json()["sync"]


def test_a_deleted_connection_is_gone_and_so_is_its_key(
    connecting: httpx.Client, ada: Tenant, provider_context: ServerContext
) -> None:
    address = connect(connecting, ada).headers["Location"]
    assert connecting.delete(address, headers=ada.by_key).status_code == 204
    assert connecting.get(address, headers=ada.by_key).json()["code"] == "connection-not-found"
    vault = provider_context.settings.home_path / "vault"
    assert [file.name for file in vault.iterdir()] == ["vault.key"]


def test_an_account_is_connected_once(connecting: httpx.Client, ada: Tenant) -> None:
    connect(connecting, ada, label="The first")
    refused = connect(connecting, ada, api_key=SECOND_KEY)
    assert (refused.status_code, refused.json()["code"]) == (409, "account-already-connected")
    assert "“The first”" in refused.json()["detail"]
    assert len(connecting.get("/v1/connections", headers=ada.by_key).json()["data"]) == 1


def test_a_key_of_another_account_does_not_replace_the_key(connecting: httpx.Client, ada: Tenant) -> None:
    made = connect(connecting, ada)
    refused = connecting.patch(made.headers["Location"], json={"api_key": OTHER_ACCOUNT_KEY}, headers=ada.by_key)
    assert (refused.status_code, refused.json()["code"]) == (409, "other-account")
    assert connecting.get(made.headers["Location"], headers=ada.by_key).json() == made.json()


@pytest.mark.parametrize(
    "change", [{}, {"api_key": "sk-admin-a", "usage_endpoint": "analytics"}, {"label": "\u0007"}, {"secret": 1}]
)
def test_a_change_that_cannot_be_made_changes_nothing(
    connecting: httpx.Client, ada: Tenant, change: dict[str, object]
) -> None:
    made = connect(connecting, ada)
    refused = connecting.patch(made.headers["Location"], json=change, headers=ada.by_key)
    assert refused.status_code == 422
    assert connecting.get(made.headers["Location"], headers=ada.by_key).json() == made.json()
