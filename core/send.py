"""Handing one message over by apprise: a mail, an alert of operators, or a message to a tenant's target."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import apprise
from pydantic import SecretStr

from core.errors import InvalidInputError, TransientError
from core.guarded_connections import guarded_connections
from core.settings import Settings
from core.target_urls import UnusableTargetError, parse_target

TARGET_DEADLINE = timedelta(seconds=15)
"""apprise waits four seconds for each byte, so an answer that drips in would hold up everybody's messages."""

_MAIL_SCHEMES = frozenset({"mailto", "mailtos"})


class NotDeliveredError(TransientError):
    """apprise could not hand it over. It says no more than that, and what it logs holds no credentials."""

    code = "not-delivered"


class UnusableRecipientError(InvalidInputError):
    code = "unusable-recipient"


class PrivateAddressError(InvalidInputError):
    code = "private-address"

    def __init__(self) -> None:
        super().__init__("The target is at a private, local or reserved address. Name one on the public internet.")


DeliveryError = NotDeliveredError | UnusableTargetError | UnusableRecipientError | PrivateAddressError


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


def send_mail(settings: Settings, *, recipient: str | None, title: str, body: str) -> None:
    """Raises one of DeliveryError."""
    if settings.smtp_url is None or not recipient:
        raise UnusableRecipientError("The mail names no recipient.")
    _hand_over([mail_url(settings.smtp_url.get_secret_value(), recipient=recipient)], title=title, body=body)


def send_alert(settings: Settings, *, title: str, body: str) -> None:
    """To every URL that is set for operators. Raises one of DeliveryError."""
    urls = [] if settings.alert_urls is None else settings.alert_urls.get_secret_value().split()
    _hand_over(urls, title=title, body=body)


def send_to_target(
    settings: Settings, url: SecretStr, *, title: str, body: str, deadline: timedelta = TARGET_DEADLINE
) -> None:
    """To a tenant's target, at a public address unless the settings allow others. Raises one of DeliveryError."""
    asset = _asset()
    notifier = apprise.Apprise(parse_target(url).notifier(asset), asset=asset)
    private_allowed = settings.allow_private_targets
    with guarded_connections(private_allowed=private_allowed, deadline=deadline) as guard:
        is_sent = notifier.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    if guard.has_refused:
        raise PrivateAddressError
    if not is_sent:
        raise NotDeliveredError("The receiving server could not be reached or refused the message.")


def _hand_over(urls: list[str], *, title: str, body: str) -> None:
    notifier = apprise.Apprise(asset=_asset())
    if not urls or not all(notifier.add(url) for url in urls):
        raise UnusableTargetError("apprise does not understand the URL that is set for this channel.")
    if not notifier.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
        raise NotDeliveredError("The receiving server could not be reached or refused the message.")


def _asset() -> apprise.AppriseAsset:
    """Redirects are not followed: a message goes where it was meant to go."""
    return apprise.AppriseAsset(app_id="CarbonLedger", app_desc="CarbonLedger", app_url="", http_redirects=False)
