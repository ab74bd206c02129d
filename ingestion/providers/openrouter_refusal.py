"""What OpenRouter means when it refuses: which of our errors a 401, 403 or 408 is.

Management keys and ordinary keys begin alike (sk-or-v1-), so only OpenRouter can tell them apart.
"""

from pydantic import SecretStr, ValidationError

from core.errors import CarbonLedgerError
from core.http_client import HttpAnswer
from ingestion.providers.page import ProviderModel
from ingestion.providers.protocol import (
    KeyRefusedError,
    MissingScopeError,
    ProviderUnavailableError,
    WrongKeyKindError,
)

WHERE = "https://openrouter.ai/settings/management-keys"


class QueryTimedOutError(ProviderUnavailableError):
    """408: the query asks for too much at once. A narrower one may be answered."""


class _Error(ProviderModel):
    message: str = ""


class _Envelope(ProviderModel):
    error: _Error


def wrong_key_kind() -> WrongKeyKindError:
    """The error for an ordinary key."""
    return WrongKeyKindError(
        f"This is an ordinary OpenRouter key, which cannot read usage. Use a management key; make one at {WHERE}."
    )


def openrouter_refusal(answer: HttpAnswer, key: SecretStr) -> CarbonLedgerError | None:  # noqa: ARG001 - a Refusal
    """The error for a refusal of OpenRouter; None if its status says enough."""
    match answer.status:
        case 401:
            return KeyRefusedError(
                f"OpenRouter does not accept this key: it is mistyped, disabled or deleted. Look it up at {WHERE}."
            )
        case 403 if "management key" in _message(answer).lower():
            return wrong_key_kind()
        case 403:
            return MissingScopeError(
                "OpenRouter knows this key but does not let it read usage. Ask an administrator of the OpenRouter "
                f"organization for a management key ({WHERE})."
            )
        case 408:
            return QueryTimedOutError("OpenRouter took too long over the question. It is asked again later.")
        case _:
            return None


def _message(answer: HttpAnswer) -> str:
    try:
        return _Envelope.model_validate_json(answer.body).error.message
    except ValidationError:
        return ""
