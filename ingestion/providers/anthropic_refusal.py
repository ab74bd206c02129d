"""What Anthropic means when it refuses: which of our errors a 401 or 403 of the usage APIs is.

Anthropic asks not to match the words of its errors; the status and the kind of key that we sent tell enough.
"""

from pydantic import SecretStr

from core.errors import CarbonLedgerError
from core.http_client import HttpAnswer
from ingestion.providers.protocol import KeyRefusedError, MissingScopeError, WrongKeyKindError

WHERE = "https://platform.claude.com/settings/admin-keys"


def anthropic_refusal(answer: HttpAnswer, key: SecretStr) -> CarbonLedgerError | None:
    """The error for a refusal of Anthropic; None if its status says enough."""
    if answer.status == 403:
        return MissingScopeError(
            "Anthropic knows this key but does not let it read usage. Use an Admin API key (it begins with "
            f"sk-ant-admin) of an organization; an organization admin makes one at {WHERE}."
        )
    if answer.status != 401:
        return None
    secret = key.get_secret_value()
    if secret.startswith("sk-ant-") and not secret.startswith("sk-ant-admin"):
        # Seen: an ordinary sk-ant-api03 key gets "invalid x-api-key" here, the same as a mistyped one.
        return WrongKeyKindError(
            "This is an ordinary API key, which cannot read usage. Use an Admin API key (it begins with sk-ant-admin); "
            f"an organization admin makes one at {WHERE}."
        )
    return KeyRefusedError(f"Anthropic does not accept this key: it is mistyped or revoked. Look it up at {WHERE}.")
