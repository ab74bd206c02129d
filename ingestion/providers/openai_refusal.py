"""What OpenAI means when it refuses: which of our errors a 400, 401 or 403 of the usage API is.

OpenAI answers a missing scope with 401 as well as 403, so the words decide before the status. Its 401 echoes a part of
the key, so none of its words are passed on.
"""

import re
from datetime import UTC, date, datetime, time

from pydantic import SecretStr, ValidationError

from core.errors import CarbonLedgerError, PermanentError
from core.http_client import HttpAnswer
from ingestion.providers.page import ProviderModel
from ingestion.providers.protocol import KeyRefusedError, MissingScopeError, WrongKeyKindError

WHERE = "https://platform.openai.com/settings/organization/admin-keys"


class LookbackExceededError(PermanentError):
    """The range starts before what OpenAI keeps. `earliest` is the first instant it keeps, where it says so."""

    code = "lookback-exceeded"

    def __init__(self, earliest: datetime | None) -> None:
        self.earliest = earliest
        super().__init__("OpenAI no longer has usage of that time.")


class _Error(ProviderModel):
    message: str = ""
    code: str | None = None


class _Envelope(ProviderModel):
    error: _Error


def openai_refusal(answer: HttpAnswer, key: SecretStr) -> CarbonLedgerError | None:
    """The error for a refusal of OpenAI; None if its status says enough."""
    if answer.status not in {400, 401, 403}:
        return None
    error = _error_of(answer)
    if answer.status == 400:
        return LookbackExceededError(_earliest(error.message)) if error.code == "reporting_lookback_exceeded" else None
    secret = key.get_secret_value()
    if (secret.startswith("sk-") and not secret.startswith("sk-admin-")) or _wants_admin_key(error.message):
        return WrongKeyKindError(
            "This is a project key, which cannot read usage. Use an admin key (it begins with sk-admin-); an "
            f"organization owner makes one at {WHERE}."
        )
    if answer.status == 403 or _lacks_permission(error.message):
        return MissingScopeError(
            "OpenAI knows this admin key but does not let it read usage. Give it the permission api.usage.read, or "
            f"make a new admin key at {WHERE}."
        )
    return KeyRefusedError(
        f"OpenAI does not accept this key: it is mistyped, revoked or expired. Look it up at {WHERE}."
    )


def _error_of(answer: HttpAnswer) -> _Error:
    try:
        return _Envelope.model_validate_json(answer.body).error
    except ValidationError:
        return _Error()


def _wants_admin_key(message: str) -> bool:
    return re.search(r"\badmin (api )?key", message, re.IGNORECASE) is not None


def _lacks_permission(message: str) -> bool:
    return re.search(r"insufficient permissions|missing scopes?\b", message, re.IGNORECASE) is not None


def _earliest(message: str) -> datetime | None:
    """From "Usage and cost data are available for the past year. Earliest supported start date: 2025-11-22 (UTC)."."""
    found = re.search(r"\b(\d{4}-\d{2}-\d{2})\b", message)
    try:
        return datetime.combine(date.fromisoformat(found[1]), time(), UTC) if found else None
    except ValueError:
        return None
