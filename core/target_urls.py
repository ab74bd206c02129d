"""The apprise URL of a notification target: which kinds there are, which options they have, what may be shown of it.

URL (a secret) -> TargetUrl: its kind, the host that it is at, and a mask that tells targets apart without the secret.
Options that read files, add attachments or fetch other pages are not known here, so they are refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import apprise
from apprise.plugins import url_to_dict
from pydantic import SecretStr

from core.errors import InvalidInputError

TargetKind = Literal["mail", "webhook", "slack", "discord", "teams", "ntfy", "telegram"]

_LONGEST = 2_000
_LONG_ENOUGH_TO_SHOW_AN_END = 40
_KIND_OF_SCHEME: Mapping[str, TargetKind] = {
    "mailto": "mail",
    "mailtos": "mail",
    "json": "webhook",
    "jsons": "webhook",
    "slack": "slack",
    "discord": "discord",
    "workflow": "teams",
    "workflows": "teams",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "tgram": "telegram",
}
_OPTIONS: Mapping[TargetKind, frozenset[str]] = {
    "mail": frozenset({"to", "from", "name", "mode", "smtp", "user", "pass"}),
    "webhook": frozenset(),  # and headers: +X-Token=…
    "slack": frozenset(),
    "discord": frozenset({"thread"}),
    "teams": frozenset({"api-version", "sp", "sv", "sig"}),  # what a workflow's own address comes with
    "ntfy": frozenset({"mode", "priority"}),
    "telegram": frozenset({"topic"}),
}


class UnusableTargetError(InvalidInputError):
    code = "unusable-target"


@dataclass(frozen=True, slots=True)
class TargetUrl:
    """`host`: what the tenant named; None where the kind has one fixed host, as Slack has."""

    kind: TargetKind
    masked: str
    host: str | None
    url: str = field(repr=False)

    def notifier(self, asset: apprise.AppriseAsset) -> apprise.NotifyBase:
        """What sends there. Raises UnusableTargetError."""
        return _notifier(self.url, asset)


def parse_target(secret: SecretStr) -> TargetUrl:
    """Raises UnusableTargetError, whose sentence repeats nothing of the URL."""
    url = secret.get_secret_value().strip()
    if not url.isprintable() or not 1 <= len(url) <= _LONGEST or " " in url:
        raise UnusableTargetError(f"A target's URL has 1 to {_LONGEST:,} characters on one line, without spaces.")
    told: dict[str, Any] | None = url_to_dict(url, secure_logging=True)  # type: ignore[no-untyped-call] # apprise has no types
    kind = None if told is None else _KIND_OF_SCHEME.get(str(told["schema"]))
    if told is None or kind is None:
        raise UnusableTargetError(
            "Targets are apprise URLs that begin with mailto(s)://, json(s)://, slack://, discord://, workflows://"
            " (Microsoft Teams), ntfy(s):// or tgram://. Write the webhook https://host/path as jsons://host/path."
        )
    unknown = {key for key in told["qsd"] if key not in _OPTIONS[kind]}
    if kind == "webhook":
        unknown = {key for key in unknown if not key.startswith("+")}
    if unknown:
        known = ", ".join(sorted(_OPTIONS[kind])) or ("+Header only" if kind == "webhook" else "none")
        raise UnusableTargetError(f"An option of this URL cannot be used here. Of {kind} targets these can: {known}.")
    notifier = _notifier(url, apprise.AppriseAsset())
    if len(notifier) != 1:
        raise UnusableTargetError("A target has one recipient, so that a retry sends nothing twice. Add one for each.")
    host = _host(kind, notifier)
    return TargetUrl(kind=kind, masked=_masked(kind, url, notifier, host), host=host, url=url)


def _notifier(url: str, asset: apprise.AppriseAsset) -> apprise.NotifyBase:
    notifier = apprise.Apprise.instantiate(url, asset=asset)
    if notifier is None:
        raise UnusableTargetError("A part of this URL is missing or malformed. Compare it with apprise's description.")
    return notifier


def _host(kind: TargetKind, notifier: Any) -> str | None:
    match kind:
        case "mail":
            return str(notifier.smtp_host)
        case "webhook" | "teams":
            return str(notifier.host)
        case "ntfy":
            return str(notifier.host) if notifier.mode == "private" else None
        case "slack" | "discord" | "telegram":
            return None


def _masked(kind: TargetKind, url: str, notifier: Any, host: str | None) -> str:
    if kind == "mail":
        return f"{notifier.targets[0][1]} by {host}"
    scheme = url.partition("://")[0].lower()
    if host is not None:
        return f"{scheme}://{host}/…"
    secret = url.partition("://")[2].partition("?")[0].rstrip("/")
    return f"{kind} …{secret[-4:]}" if len(secret) >= _LONG_ENOUGH_TO_SHOW_AN_END else f"{kind} …"
