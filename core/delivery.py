"""Delivery of the outbox by apprise: mails by CARBONLEDGER_SMTP_URL, operators' alerts by CARBONLEDGER_ALERT_URLS.

ops.outbox (due, locked) -> apprise -> delivered | due again later | given up. At least once: a row is marked after it
was sent, so a crash in between sends it again. Rows of a channel that is not set up wait, for the operator to see.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import apprise

from core.database import Connection, Database
from core.errors import InvalidInputError, TransientError
from core.settings import Settings

ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)  # with eight attempts a receiver may be out of reach for seventeen hours
_MAIL_SCHEMES = frozenset({"mailto", "mailtos"})
_WIPED = "(sent or given up; the text held a link that logs in and is not kept)"


class NotDeliveredError(TransientError):
    """apprise could not hand it over. It says no more than that, and what it logs holds no credentials."""

    code = "not-delivered"


class UnusableTargetError(InvalidInputError):
    code = "unusable-target"


class UnusableRecipientError(InvalidInputError):
    code = "unusable-recipient"


DeliveryError = NotDeliveredError | UnusableTargetError | UnusableRecipientError


def deliver_due(database: Database, settings: Settings, *, now: datetime) -> int:
    """Send what is due, in the order it was written; returns how many rows were delivered.

    Each row has a transaction of its own, so several processes can share the work and none sends another's row.
    """
    channels = _channels(settings)
    delivered, after_id = 0, 0
    while channels:
        with database.worker() as connection:
            row = connection.execute(
                "select id, channel, recipient, title, body, attempts from ops.outbox"
                " where delivered_at is null and failed_at is null and due_at <= %s and channel = any(%s) and id > %s"
                " order by id limit 1 for no key update skip locked",
                [now, channels, after_id],
            ).fetchone()
            if row is None:
                break
            after_id = row["id"]
            try:
                _send(row, settings)
            except (NotDeliveredError, UnusableTargetError, UnusableRecipientError) as error:
                _keep_failure(connection, row, error, now=now)
            else:
                connection.execute(
                    "update ops.outbox set delivered_at = %s, attempts = attempts + 1, last_error = null,"
                    " body = case when holds_secret then %s else body end where id = %s",
                    [now, _WIPED, row["id"]],
                )
                delivered += 1
    return delivered


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
    """The channels that are set up."""
    targets = (("email", settings.smtp_url), ("operator", settings.alert_urls))
    return [channel for channel, target in targets if target is not None]


def mail_url(smtp_url: str, *, recipient: str) -> str:
    """The apprise URL that sends one plain-text mail to `recipient` through the server of `smtp_url`.

    Plain SMTP on a port of its own is `mailto://127.0.0.1:2525?from=ledger@example.org`, STARTTLS with a log-in is
    `mailtos://user:password@smtp.example.org:587?from=ledger@example.org&mode=starttls`. Raises UnusableTargetError.
    """
    parts = urlsplit(smtp_url)
    if parts.scheme not in _MAIL_SCHEMES or not parts.netloc:
        raise UnusableTargetError(
            "CARBONLEDGER_SMTP_URL is not an apprise URL that begins with mailto:// or mailtos://."
        )
    query = dict(parse_qsl(parts.query))
    query |= {"to": recipient, "format": "text"}
    return urlunsplit((parts.scheme, parts.netloc, "", urlencode(query), ""))


def _send(row: dict[str, Any], settings: Settings) -> None:
    """Hand one row over. Raises one of DeliveryError."""
    asset = apprise.AppriseAsset(app_id="CarbonLedger", app_desc="CarbonLedger", app_url="")
    notifier = apprise.Apprise(asset=asset)
    if row["channel"] == "email":
        if settings.smtp_url is None or not row["recipient"]:
            raise UnusableRecipientError("The mail names no recipient.")
        targets = [mail_url(settings.smtp_url.get_secret_value(), recipient=row["recipient"])]
    else:
        targets = [] if settings.alert_urls is None else settings.alert_urls.get_secret_value().split()
    if not targets or not all(notifier.add(target) for target in targets):
        raise UnusableTargetError("apprise does not understand the URL that is set for this channel.")
    if not notifier.notify(title=row["title"], body=row["body"], body_format=apprise.NotifyFormat.TEXT):
        raise NotDeliveredError("The receiving server could not be reached or refused the message.")


def _keep_failure(connection: Connection, row: dict[str, Any], error: DeliveryError, *, now: datetime) -> None:
    """Due again after 1, 4, 16 minutes and so on, or given up. Only the error's class is kept, no text."""
    attempts = row["attempts"] + 1
    gives_up = attempts >= ATTEMPTS
    wait = min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT)
    connection.execute(
        "update ops.outbox set attempts = %s, due_at = %s, failed_at = %s, last_error = %s,"
        " body = case when holds_secret and %s then %s else body end where id = %s",
        [attempts, now + wait, now if gives_up else None, type(error).__name__, gives_up, _WIPED, row["id"]],
    )
