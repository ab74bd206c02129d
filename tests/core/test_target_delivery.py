"""Messages to organizations' own targets, through a real SMTP server and a real webhook."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg.rows import DictRow
from pydantic import SecretStr

from core.clock import FixedClock
from core.database import Database, fetch_one
from core.delivery import deliver_due
from core.outbox import enqueue
from core.owner_notices import tell_owners
from core.secret_store import LocalVault, SecretStore
from core.send import send_to_target
from core.settings import Settings
from tests.conftest import NOON
from tests.message_receivers import AlertReceiver, Mailbox, a_mailbox, an_alert_receiver

pytestmark = pytest.mark.database


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, allow_private_targets=True)


@pytest.fixture
def secrets(home: Path) -> SecretStore:
    return LocalVault(home / "vault")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def webhook() -> Iterator[AlertReceiver]:
    with an_alert_receiver() as webhook:
        yield webhook


@pytest.fixture
def org_id(database: Database) -> int:
    """An organization with two owners and a viewer."""
    with database.owner() as connection:
        org_id: int = fetch_one(
            connection, "insert into ops.organizations (name, created_at) values ('Ada', %s) returning id", [NOON]
        )["id"]
        for email, role in (("ada@example.org", "owner"), ("bob@example.org", "owner"), ("eve@example.org", "viewer")):
            connection.execute(
                "with person as (insert into ops.users (email, password_hash, created_at) values (%s, '', %s)"
                " returning id) insert into ops.memberships (org_id, user_id, role, created_at)"
                " select %s, id, %s, %s from person",
                [email, NOON, org_id, role, NOON],
            )
    return org_id


def a_target(database: Database, secrets: SecretStore, org_id: int, url: str, *, kind: str = "webhook") -> int:
    with database.owner() as connection:
        target_id: int = fetch_one(
            connection,
            "insert into ops.notification_targets (org_id, kind, label, masked, secret_arn, created_at)"
            " values (%s, %s, 'ours', '…', %s, %s) returning id",
            [org_id, kind, secrets.put("target", SecretStr(url)), NOON],
        )["id"]
    return target_id


def tell(database: Database, org_id: int, *, key: str = "fact:1") -> None:
    with database.worker() as connection:
        tell_owners(connection, org_id=org_id, dedupe_key=key, title="A fact", body="It is so.", now=NOON)


def rows(database: Database, channel: str = "target") -> list[DictRow]:
    with database.owner() as connection:
        return connection.execute("select * from ops.outbox where channel = %s order by id", [channel]).fetchall()


def target_row(database: Database) -> tuple[object, object]:
    with database.owner() as connection:
        row = fetch_one(connection, "select last_tried_at, last_error_code from ops.notification_targets")
    return row["last_tried_at"], row["last_error_code"]


def test_owners_are_told_in_the_app_by_mail_and_at_every_target_once(
    database: Database, settings: Settings, secrets: SecretStore, org_id: int, mailbox: Mailbox, webhook: AlertReceiver
) -> None:
    a_target(database, secrets, org_id, webhook.url)
    a_target(database, secrets, org_id, f"{mailbox.url}&to=oncall@example.org", kind="mail")
    settings = settings.model_copy(update={"smtp_url": SecretStr(mailbox.url)})
    tell(database, org_id)
    tell(database, org_id)
    assert [deliver_due(database, settings, secrets, now=NOON) for _ in range(2)] == [4, 0]
    assert [row["recipient"] for row in rows(database, "in_app")] == ["ada@example.org", "bob@example.org"]
    assert [recipients for recipients, _ in mailbox.received] == [
        ["ada@example.org"], ["bob@example.org"], ["oncall@example.org"]
    ]  # fmt: skip
    assert mailbox.received[2][1]["subject"] == "A fact"
    assert mailbox.received[2][1].get_content().splitlines() == ["It is so."]
    assert [(each["title"], each["message"]) for each in webhook.received] == [("A fact", "It is so.")]


def test_a_target_that_fails_is_tried_again_and_told_once(
    database: Database, settings: Settings, secrets: SecretStore, org_id: int, webhook: AlertReceiver, clock: FixedClock
) -> None:
    a_target(database, secrets, org_id, webhook.url)
    tell(database, org_id)
    webhook.status = 503
    assert deliver_due(database, settings, secrets, now=NOON) == 0
    assert target_row(database) == (NOON, "not-delivered")
    webhook.status = 200
    later = NOON + timedelta(minutes=1)
    assert deliver_due(database, settings, secrets, now=later - timedelta(seconds=1)) == 0
    assert [deliver_due(database, settings, secrets, now=later) for _ in range(2)] == [1, 0]
    assert target_row(database) == (later, None)
    [row] = rows(database)
    assert (row["attempts"], row["delivered_at"], row["last_error"]) == (2, later, None)
    assert len(webhook.received) == 2  # the one that was answered with 503, and the one that arrived


def test_one_target_that_fails_holds_up_no_other(
    database: Database, settings: Settings, secrets: SecretStore, org_id: int, webhook: AlertReceiver
) -> None:
    a_target(database, secrets, org_id, "json://127.0.0.1:1/")
    a_target(database, secrets, org_id, webhook.url)
    tell(database, org_id)
    assert deliver_due(database, settings, secrets, now=NOON) == 1
    assert [row["last_error"] for row in rows(database)] == ["NotDeliveredError", None]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_target_that_is_at_a_private_address_by_then_is_sent_nothing(
    database: Database, home: Path, secrets: SecretStore, org_id: int, webhook: AlertReceiver, host: str
) -> None:
    """However its name resolved when it was set."""
    a_target(database, secrets, org_id, webhook.url.replace("127.0.0.1", host))
    tell(database, org_id)
    assert deliver_due(database, Settings(home=home), secrets, now=NOON) == 0
    assert [row["last_error"] for row in rows(database)] == ["PrivateAddressError"]
    assert webhook.received == []


def test_a_mail_server_at_a_private_address_is_not_spoken_to(
    database: Database, home: Path, secrets: SecretStore, org_id: int, mailbox: Mailbox
) -> None:
    a_target(database, secrets, org_id, f"{mailbox.url}&to=a@example.org", kind="mail")
    tell(database, org_id)
    assert deliver_due(database, Settings(home=home), secrets, now=NOON) == 0
    assert [row["last_error"] for row in rows(database)] == ["PrivateAddressError"]
    assert mailbox.received == []


def test_a_redirect_is_not_followed(
    database: Database, settings: Settings, secrets: SecretStore, org_id: int, webhook: AlertReceiver
) -> None:
    a_target(database, secrets, org_id, webhook.url)
    tell(database, org_id)
    webhook.status = 307
    assert deliver_due(database, settings, secrets, now=NOON) == 0
    assert len(webhook.received) == 1


def test_an_answer_without_an_end_holds_up_nobody(settings: Settings, webhook: AlertReceiver) -> None:
    """It is cut off; its status, which says that the message was taken, came first."""
    webhook.drips = True
    url = SecretStr(webhook.url)
    send_to_target(settings, url, title="A fact", body="It is so.", deadline=timedelta(milliseconds=200))
    assert len(webhook.received) == 1


def test_what_waits_for_a_target_that_was_removed_is_not_sent(
    database: Database, settings: Settings, secrets: SecretStore, org_id: int, webhook: AlertReceiver
) -> None:
    a_target(database, secrets, org_id, webhook.url)
    tell(database, org_id)
    with database.owner() as connection:
        connection.execute("update ops.notification_targets set secret_arn = null, removed_at = %s", [NOON])
    tell(database, org_id, key="fact:2")
    assert deliver_due(database, settings, secrets, now=NOON) == 0
    [row] = rows(database)
    assert (row["failed_at"], row["last_error"]) == (NOON, "TargetRemovedError")
    assert webhook.received == []


def test_a_secret_that_is_not_there_is_a_failure_like_others(
    database: Database, settings: Settings, home: Path, secrets: SecretStore, org_id: int, webhook: AlertReceiver
) -> None:
    a_target(database, secrets, org_id, webhook.url)
    tell(database, org_id)
    assert deliver_due(database, settings, LocalVault(home / "other"), now=NOON) == 0
    [row] = rows(database)
    assert (row["failed_at"], row["last_error"]) == (None, "SecretMissingError")
    assert deliver_due(database, settings, secrets, now=NOON + timedelta(minutes=1)) == 1


def test_mails_go_before_targets_however_long_those_wait(
    database: Database, settings: Settings, secrets: SecretStore, org_id: int, mailbox: Mailbox
) -> None:
    a_target(database, secrets, org_id, f"{mailbox.url}&to=oncall@example.org", kind="mail")
    tell(database, org_id)
    with database.worker() as connection:
        enqueue(connection, org_id=None, dedupe_key="last", channel="email", recipient="last@example.org", title="t",
                body="b", now=NOON)  # fmt: skip
    settings = settings.model_copy(update={"smtp_url": SecretStr(mailbox.url)})
    assert deliver_due(database, settings, secrets, now=NOON) == 4
    assert [recipients[0] for recipients, _ in mailbox.received][-2:] == ["last@example.org", "oncall@example.org"]
