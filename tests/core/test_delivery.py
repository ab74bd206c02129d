"""Delivery of the outbox, to a real SMTP server and a real HTTP receiver on loopback."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg.rows import DictRow
from pydantic import SecretStr

from core.clock import FixedClock
from core.database import Database
from core.delivery import ATTEMPTS, deliver_due
from core.outbox import enqueue
from core.secret_store import LocalVault
from core.send import mail_url
from core.settings import Settings
from core.target_urls import UnusableTargetError
from tests.conftest import NOON
from tests.message_receivers import Mailbox, a_mailbox, an_alert_receiver

pytestmark = pytest.mark.database


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mailbox() as mailbox:
        yield mailbox


def a_vault(home: Path) -> LocalVault:
    return LocalVault(home / "vault")


def a_settings(home: Path, *, smtp_url: str | None = None, alert_urls: str | None = None) -> Settings:
    return Settings(
        home=home,
        smtp_url=None if smtp_url is None else SecretStr(smtp_url),
        alert_urls=None if alert_urls is None else SecretStr(alert_urls),
    )


def put(
    database: Database, *, channel: str = "email", recipient: str | None = "ada@example.org", key: str = "k"
) -> None:
    with database.worker() as connection:
        enqueue(
            connection,
            org_id=None,
            dedupe_key=key,
            channel=channel,  # type: ignore[arg-type] # a test writes it as text
            recipient=recipient,
            title="Gruß aus Köln",
            body="Ein <b>Text</b> & eine Zeile\nund noch eine.",
            now=NOON,
        )


def rows(database: Database) -> list[DictRow]:
    with database.owner() as connection:
        return connection.execute("select * from ops.outbox order by id").fetchall()


def test_a_mail_arrives_as_it_was_written(database: Database, mailbox: Mailbox, home: Path) -> None:
    put(database, recipient="ada+ledger@example.org")
    assert deliver_due(database, a_settings(home, smtp_url=mailbox.url), a_vault(home), now=NOON) == 1
    [(recipients, message)] = mailbox.received
    assert recipients == ["ada+ledger@example.org"]
    assert message["from"] == "ledger@example.org"
    assert message["to"] == "ada+ledger@example.org"
    assert message["subject"] == "Gruß aus Köln"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Ein <b>Text</b> & eine Zeile", "und noch eine."]
    [row] = rows(database)
    assert (row["delivered_at"], row["attempts"], row["last_error"]) == (NOON, 1, None)


def test_a_delivered_mail_is_not_sent_again(database: Database, mailbox: Mailbox, home: Path) -> None:
    settings = a_settings(home, smtp_url=mailbox.url)
    put(database)
    put(database)  # the same dedupe key
    assert [deliver_due(database, settings, a_vault(home), now=NOON) for _ in range(2)] == [1, 0]
    assert len(mailbox.received) == 1


def test_mails_wait_where_no_server_is_set(database: Database, home: Path) -> None:
    put(database)
    assert deliver_due(database, a_settings(home), a_vault(home), now=NOON) == 0
    [row] = rows(database)
    assert (row["delivered_at"], row["failed_at"], row["attempts"]) == (None, None, 0)


def test_what_the_app_shows_needs_no_delivery(database: Database) -> None:
    put(database, channel="in_app", recipient=None)
    assert rows(database)[0]["delivered_at"] == NOON


def test_a_refused_mail_is_tried_again_later_and_later_and_given_up(
    database: Database, mailbox: Mailbox, home: Path, clock: FixedClock
) -> None:
    settings = a_settings(home, smtp_url=mailbox.url)
    mailbox.refusal = "550 no such mailbox, and here is a secret"
    put(database)
    waits = []
    for _ in range(ATTEMPTS - 1):
        assert deliver_due(database, settings, a_vault(home), now=clock.now()) == 0
        [row] = rows(database)
        waits.append(row["due_at"] - clock.now())
        clock.advance(waits[-1] - timedelta(seconds=1))
        assert deliver_due(database, settings, a_vault(home), now=clock.now()) == 0
        assert rows(database) == [row]
        clock.advance(timedelta(seconds=1))
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 4, 16, 64, 256, 360, 360)]
    assert deliver_due(database, settings, a_vault(home), now=clock.now()) == 0
    [row] = rows(database)
    assert (row["attempts"], row["failed_at"], row["last_error"]) == (8, clock.now(), "NotDeliveredError")
    mailbox.refusal = None
    assert deliver_due(database, settings, a_vault(home), now=clock.now() + timedelta(days=1)) == 0
    assert mailbox.received == []


def test_a_mail_that_was_refused_arrives_once_its_server_is_back(
    database: Database, mailbox: Mailbox, home: Path
) -> None:
    settings = a_settings(home, smtp_url=mailbox.url)
    mailbox.refusal = "451 try later"
    put(database)
    assert deliver_due(database, settings, a_vault(home), now=NOON) == 0
    mailbox.refusal = None
    assert deliver_due(database, settings, a_vault(home), now=NOON + timedelta(minutes=1)) == 1
    [row] = rows(database)
    assert (row["attempts"], row["last_error"]) == (2, None)


def test_one_refused_mail_does_not_hold_up_the_next(database: Database, mailbox: Mailbox, home: Path) -> None:
    put(database, recipient="not an address", key="first")
    put(database, recipient="bob@example.org", key="second")
    assert deliver_due(database, a_settings(home, smtp_url=mailbox.url), a_vault(home), now=NOON) == 1
    assert [recipients for recipients, _ in mailbox.received] == [["bob@example.org"]]


def test_a_server_that_is_down_leaves_its_class_only(
    database: Database, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(database)
    url = "mailto://ledger:hunter2hunter2@127.0.0.1:1?from=ledger@example.org"
    assert deliver_due(database, a_settings(home, smtp_url=url), a_vault(home), now=NOON) == 0
    assert rows(database)[0]["last_error"] == "NotDeliveredError"
    assert "hunter2hunter2" not in caplog.text


def test_a_row_that_another_process_is_sending_is_left_to_it(database: Database, mailbox: Mailbox, home: Path) -> None:
    put(database, key="first")
    put(database, key="second")
    with database.worker() as other:
        other.execute("select from ops.outbox where dedupe_key = 'first' for no key update")
        assert deliver_due(database, a_settings(home, smtp_url=mailbox.url), a_vault(home), now=NOON) == 1
    assert [row["delivered_at"] for row in rows(database)] == [None, NOON]


def test_a_link_that_logs_in_is_wiped_when_it_was_sent(database: Database, mailbox: Mailbox, home: Path) -> None:
    put(database)
    with database.owner() as connection:
        connection.execute("update ops.outbox set holds_secret = true")
    deliver_due(database, a_settings(home, smtp_url=mailbox.url), a_vault(home), now=NOON)
    assert "und noch eine" in mailbox.received[0][1].get_content()
    assert "und noch eine" not in rows(database)[0]["body"]


def test_operators_are_alerted_by_every_url(database: Database, home: Path) -> None:
    put(database, channel="operator", recipient=None)
    with an_alert_receiver() as first, an_alert_receiver() as second:
        settings = a_settings(home, alert_urls=f"{first.url} {second.url}")
        assert deliver_due(database, settings, a_vault(home), now=NOON) == 1
    assert [alert["title"] for alert in first.received + second.received] == ["Gruß aus Köln"] * 2
    assert first.received[0]["message"] == "Ein <b>Text</b> & eine Zeile\nund noch eine."


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:25", "127.0.0.1:25", "json://127.0.0.1/", "mailto:"])
def test_what_is_no_mail_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UnusableTargetError) as refusal:
        mail_url(url, recipient="ada@example.org")
    assert "127.0.0.1" not in str(refusal.value)


def test_a_url_that_apprise_does_not_understand_is_told_by_its_class(database: Database, home: Path) -> None:
    put(database, channel="operator", recipient=None)
    assert deliver_due(database, a_settings(home, alert_urls="nonsense://"), a_vault(home), now=NOON) == 0
    assert rows(database)[0]["last_error"] == "UnusableTargetError"
