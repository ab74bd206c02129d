"""Delivery of the outbox: mails by CARBONLEDGER_SMTP_URL, operators' alerts by CARBONLEDGER_ALERT_URLS, and messages to
the targets that organizations set.

ops.outbox (due, locked) -> send.py -> delivered | due again later | given up. At least once: a row is marked after it
was sent, so a crash in between sends it again. Rows of a channel that is not set up wait, for the operator to see.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from core.database import Connection, Database, fetch_one
from core.errors import CarbonLedgerError, NotFoundError
from core.secret_store import SecretStore
from core.send import send_alert, send_mail, send_to_target
from core.settings import Settings

ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)  # with eight attempts a receiver may be out of reach for seventeen hours
_WIPED = "(sent or given up; the text held a link that logs in and is not kept)"


class TargetRemovedError(NotFoundError):
    code = "target-removed"

    def __init__(self) -> None:
        super().__init__("The target was removed before the message was sent.")


def deliver_due(database: Database, settings: Settings, secrets: SecretStore, *, now: datetime) -> int:
    """Send what is due, in the order it was written, tenants' targets last: theirs may be slow. Returns how many rows
    were delivered.

    Each row has a transaction of its own, so several processes can share the work and none sends another's row.
    """
    ours = [channel for channel in _channels(settings) if channel != "target"]
    return sum(
        _deliver(database, settings, secrets, channels=channels, now=now) for channels in (ours, ["target"]) if channels
    )


def _deliver(
    database: Database, settings: Settings, secrets: SecretStore, *, channels: list[str], now: datetime
) -> int:
    delivered, after_id = 0, 0
    while True:
        with database.worker() as connection:
            row = connection.execute(
                "select id, channel, recipient, target_id, title, body, attempts from ops.outbox"
                " where delivered_at is null and failed_at is null and due_at <= %s and channel = any(%s) and id > %s"
                " order by id limit 1 for no key update skip locked",
                [now, channels, after_id],
            ).fetchone()
            if row is None:
                return delivered
            after_id = row["id"]
            try:
                _send(connection, row, settings, secrets)
            except CarbonLedgerError as error:
                _keep_failure(connection, row, error, now=now)
                _keep_outcome(connection, row["target_id"], error.code, now=now)
            else:
                connection.execute(
                    "update ops.outbox set delivered_at = %s, attempts = attempts + 1, last_error = null,"
                    " body = case when holds_secret then %s else body end where id = %s",
                    [now, _WIPED, row["id"]],
                )
                _keep_outcome(connection, row["target_id"], None, now=now)
                delivered += 1


def is_due(database: Database, settings: Settings, *, now: datetime) -> bool:
    """Whether `deliver_due` would find something to send."""
    with database.worker() as connection:
        row = connection.execute(
            "select 1 from ops.outbox where delivered_at is null and failed_at is null and due_at <= %s"
            " and channel = any(%s) limit 1",
            [now, _channels(settings)],
        ).fetchone()
    return row is not None


def _channels(settings: Settings) -> list[str]:
    """The channels that are set up. Targets are set up by their tenants."""
    ours = (("email", settings.smtp_url), ("operator", settings.alert_urls))
    return [*(channel for channel, url in ours if url is not None), "target"]


def _send(connection: Connection, row: dict[str, Any], settings: Settings, secrets: SecretStore) -> None:
    """Hand one row over. Raises one of DeliveryError, or what the secret store raises."""
    title, body = row["title"], row["body"]
    if row["channel"] == "email":
        send_mail(settings, recipient=row["recipient"], title=title, body=body)
    elif row["channel"] == "operator":
        send_alert(settings, title=title, body=body)
    else:
        send_to_target(settings, _target_url(connection, row["target_id"], secrets), title=title, body=body)


def _target_url(connection: Connection, target_id: int, secrets: SecretStore) -> SecretStr:
    found = fetch_one(connection, "select secret_arn from ops.notification_targets where id = %s", [target_id])
    if found["secret_arn"] is None:
        raise TargetRemovedError
    return secrets.get(found["secret_arn"])


def _keep_outcome(connection: Connection, target_id: int | None, error_code: str | None, *, now: datetime) -> None:
    """What became of the last message, for those who set the target."""
    if target_id is not None:
        connection.execute(
            "update ops.notification_targets set last_tried_at = %s, last_error_code = %s where id = %s",
            [now, error_code, target_id],
        )


def _keep_failure(connection: Connection, row: dict[str, Any], error: CarbonLedgerError, *, now: datetime) -> None:
    """Due again after 1, 4, 16 minutes and so on, or given up. Only the error's class is kept, no text."""
    attempts = row["attempts"] + 1
    gives_up = attempts >= ATTEMPTS or isinstance(error, TargetRemovedError)
    wait = min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT)
    connection.execute(
        "update ops.outbox set attempts = %s, due_at = %s, failed_at = %s, last_error = %s,"
        " body = case when holds_secret and %s then %s else body end where id = %s",
        [attempts, now + wait, now if gives_up else None, type(error).__name__, gives_up, _WIPED, row["id"]],
    )
