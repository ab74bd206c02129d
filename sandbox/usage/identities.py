"""The ids of an account's projects and keys, as its provider writes them: made from the account's id, never changing.

The n-th project of an organization is named by the first 16 hex digits of SHA-256("{organization_id}/project/{n}"), its
m-th key by those of "{organization_id}/project/{n}/key/{m}"; a provider's prefix stands before them. OpenRouter's
workspaces are UUIDs made of the first 32 digits.
"""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Literal

Provider = Literal["openai", "anthropic", "openrouter"]

_PROJECT_PREFIX = {"openai": "proj_", "anthropic": "wrkspc_01"}
_KEY_PREFIX = {"openai": "key_", "anthropic": "apikey_01", "openrouter": ""}


@dataclass(frozen=True, slots=True)
class Identities:
    provider: Provider
    organization_id: str

    def project(self, number: int) -> str:
        digest = self._digest(f"project/{number}")
        if self.provider == "openrouter":
            return str(uuid.UUID(digest[:32]))
        return _PROJECT_PREFIX[self.provider] + digest[:16]

    def project_label(self, number: int) -> str:
        """What OpenRouter's analytics answer in place of a workspace's id: a name that can be changed."""
        return f"Workspace {number + 1}"

    def default_workspace(self) -> str:
        """Anthropic's tagged id of the default workspace, which the legacy endpoint writes as null."""
        return "wrkspc_01Default" + self._digest("default")[:8]

    def api_key(self, project: int, number: int) -> str:
        return _KEY_PREFIX[self.provider] + self._digest(f"project/{project}/key/{number}")[:16]

    def endpoint(self, model: str, upstream: str) -> str:
        """OpenRouter's endpoint id: one for each model at each upstream provider."""
        return str(uuid.UUID(hashlib.sha256(f"endpoint/{model}/{upstream}".encode()).hexdigest()[:32]))

    def _digest(self, name: str) -> str:
        return hashlib.sha256(f"{self.organization_id}/{name}".encode()).hexdigest()


def pick(subject: object, kind: str, choices: int) -> int:
    """A number in 0..choices-1: SHA-256("{kind}:{subject}"), first 8 bytes, big-endian, modulo `choices`."""
    return int.from_bytes(hashlib.sha256(f"{kind}:{subject}".encode()).digest()[:8], "big") % choices
