"""/v1/notification-targets: who may set them, which are refused, what a test says, and that no URL is ever shown."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database, fetch_one
from core.secret_store import LocalVault, SecretMissingError
from core.settings import Settings
from tests.app.serving import serving
from tests.app.tenants import Tenant, a_tenant
from tests.conftest import NOON
from tests.message_receivers import AlertReceiver, an_alert_receiver

pytestmark = pytest.mark.database

TARGETS = "/v1/notification-targets"
PUBLIC = "jsons://me:hunter2@93.184.216.34:8443/hunter2"


@pytest.fixture
def ada(database: Database) -> Tenant:
    return a_tenant(database, "Ada", now=NOON)


@pytest.fixture
def webhook() -> Iterator[AlertReceiver]:
    with an_alert_receiver() as webhook:
        yield webhook


@pytest.fixture
def inside(settings: Settings, database: Database, clock: FixedClock) -> Iterator[httpx.Client]:
    """A client of an installation whose organizations may be told at private addresses."""
    allowing = settings.model_copy(update={"allow_private_targets": True})
    context = ServerContext(allowing, database, LocalVault(settings.home_path / "vault"), {}, clock)
    with serving(create_api(context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def audited(database: Database) -> list[tuple[str, str, str | None]]:
    with database.owner() as connection:
        rows = connection.execute(
            "select act, subject, reason from ops.audit_log where act like 'notification-target.%' order by id"
        ).fetchall()
    return [(row["act"], row["subject"], row["reason"]) for row in rows]


def test_a_target_is_added_listed_and_removed_and_its_secret_is_nowhere_but_in_the_vault(
    api: httpx.Client, database: Database, context: ServerContext, ada: Tenant
) -> None:
    added = api.post(TARGETS, json={"url": PUBLIC, "label": "On call"}, headers=ada.by_cookie)
    assert (added.status_code, added.headers["Location"]) == (201, f"{TARGETS}/target_1")
    assert added.json() == {
        "id": "target_1", "kind": "webhook", "label": "On call", "masked": "jsons://93.184.216.34/…",
        "created_at": "2026-11-22T12:00:00Z", "last_tried_at": None, "last_error_code": None,
    }  # fmt: skip
    assert api.get(TARGETS, headers=ada.by_cookie).json() == {"data": [added.json()]}
    with database.owner() as connection:
        stored = fetch_one(connection, "select * from ops.notification_targets")
    assert "hunter2" not in str(stored)
    assert context.secrets.get(stored["secret_arn"]).get_secret_value() == PUBLIC
    for status in (204, 404):
        assert api.delete(f"{TARGETS}/target_1", headers=ada.by_cookie).status_code == status
    assert api.get(TARGETS, headers=ada.by_cookie).json() == {"data": []}
    with pytest.raises(SecretMissingError):
        context.secrets.get(stored["secret_arn"])
    assert audited(database) == [
        ("notification-target.added", "target_1", "webhook"),
        ("notification-target.removed", "target_1", None),
    ]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://hooks.example.com/hunter2", "unusable-target"),
        ("syslog://hunter2", "unusable-target"),
        ("jsons://no-such-host.invalid/hunter2", "unusable-target"),
        ("jsons://127.0.0.1/hunter2", "private-address"),
        ("jsons://localhost/hunter2", "private-address"),
        ("json://169.254.169.254/hunter2", "private-address"),
        ("jsons://10.0.0.7/hunter2", "private-address"),
        ("jsons://[::1]/hunter2", "unusable-target"),
        ("mailto://me:hunter2@example.com?smtp=127.0.0.1&to=a@example.com", "private-address"),
        ("ntfys://192.168.0.1/hunter2", "private-address"),
        ("workflows://172.16.0.1/hunter2/hunter2", "private-address"),
    ],
)
def test_what_is_no_target_is_refused_and_nothing_of_it_is_kept(
    api: httpx.Client, database: Database, home: Path, ada: Tenant, url: str, code: str
) -> None:
    refused = api.post(TARGETS, json={"url": url}, headers=ada.by_cookie)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert "hunter2" not in refused.text
    assert not (home / "vault").exists()
    assert audited(database) == []


def test_a_test_says_what_became_of_the_message(
    inside: httpx.Client, database: Database, ada: Tenant, webhook: AlertReceiver
) -> None:
    inside.post(TARGETS, json={"url": webhook.url}, headers=ada.by_cookie)
    took = inside.post(f"{TARGETS}/target_1/test", headers=ada.by_cookie)
    assert (took.status_code, took.json()) == (
        200, {"delivered": True, "error_code": None, "sentence": "The receiving server took the message."}
    )  # fmt: skip
    assert [message["title"] for message in webhook.received] == ["CarbonLedger: a test"]
    webhook.status = 500
    refused = inside.post(f"{TARGETS}/target_1/test", headers=ada.by_cookie).json()
    assert (refused["delivered"], refused["error_code"]) == (False, "not-delivered")
    [listed] = inside.get(TARGETS, headers=ada.by_cookie).json()["data"]
    assert (listed["last_tried_at"], listed["last_error_code"]) == ("2026-11-22T12:00:00Z", "not-delivered")
    assert [(act, reason) for act, _, reason in audited(database)] == [
        ("notification-target.added", "webhook"),
        ("notification-target.tested", "delivered"),
        ("notification-target.tested", "not-delivered"),
    ]


def test_a_target_that_was_set_where_private_ones_were_allowed_is_not_tested_where_they_are_not(
    inside: httpx.Client, api: httpx.Client, ada: Tenant, webhook: AlertReceiver
) -> None:
    inside.post(TARGETS, json={"url": webhook.url}, headers=ada.by_cookie)
    tested = api.post(f"{TARGETS}/target_1/test", headers=ada.by_cookie).json()
    assert (tested["delivered"], tested["error_code"]) == (False, "private-address")
    assert webhook.received == []


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 200), ("member", 403), ("viewer", 403)])
def test_owners_and_admins_set_targets(
    api: httpx.Client, database: Database, ada: Tenant, role: str, status: int
) -> None:
    api.post(TARGETS, json={"url": PUBLIC}, headers=ada.by_cookie)
    with database.owner() as connection:
        connection.execute("update ops.memberships set role = %s where user_id = %s", [role, ada.user_id])
    assert api.get(TARGETS, headers=ada.by_cookie).status_code == status
    added = api.post(TARGETS, json={"url": PUBLIC}, headers=ada.by_cookie)
    assert added.status_code == (201 if status == 200 else 403)
    removed = api.delete(f"{TARGETS}/target_1", headers=ada.by_cookie)
    assert removed.status_code == (204 if status == 200 else 403)


def test_no_program_sets_or_sees_targets(api: httpx.Client, ada: Tenant) -> None:
    assert api.post(TARGETS, json={"url": PUBLIC}, headers=ada.by_key).status_code == 403
    assert api.get(TARGETS, headers=ada.by_key).status_code == 403


def test_an_organization_has_ten_targets_at_most(api: httpx.Client, home: Path, ada: Tenant) -> None:
    for _ in range(10):
        assert api.post(TARGETS, json={"url": PUBLIC}, headers=ada.by_cookie).status_code == 201
    kept = len(list((home / "vault").iterdir()))
    refused = api.post(TARGETS, json={"url": PUBLIC}, headers=ada.by_cookie)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-targets")
    assert len(list((home / "vault").iterdir())) == kept


def test_tests_are_counted(inside: httpx.Client, ada: Tenant, webhook: AlertReceiver) -> None:
    """Each makes this server send; thirty an hour, the addition included."""
    inside.post(TARGETS, json={"url": webhook.url}, headers=ada.by_cookie)
    answers = [inside.post(f"{TARGETS}/target_1/test", headers=ada.by_cookie) for _ in range(30)]
    assert [answer.status_code for answer in answers] == [200] * 29 + [429]
    assert len(webhook.received) == 29


@pytest.mark.parametrize("label", ["", " ", "x" * 81, "a\tb"])
def test_a_label_that_cannot_be_shown_is_refused(api: httpx.Client, ada: Tenant, label: str) -> None:
    body = json.dumps({"url": PUBLIC, "label": label})
    headers = ada.by_cookie | {"Content-Type": "application/json"}
    refused = api.post(TARGETS, content=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
