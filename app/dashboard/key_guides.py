"""Where the key that reads usage is made at each provider, which kind it is, and what is usually wrong with another.

Source: the providers' documentation as of November 2026; the kinds and beginnings are those that the key's test tells
apart (ingestion/providers/*_refusal.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyGuide:
    """`maker` begins a sentence's end: who can make one; `scope` is a sentence."""

    kind: str
    begins: str
    page: str
    maker: str
    scope: str
    mistakes: Sequence[str]

    @property
    def example(self) -> str:
        return f"{self.begins}…"


KEY_GUIDES: Mapping[str, KeyGuide] = {
    "openai": KeyGuide(
        kind="admin key",
        begins="sk-admin-",
        page="https://platform.openai.com/settings/organization/admin-keys",
        maker="only an owner of the organization",
        scope="Give it all permissions, or restricted ones with api.usage.read among them.",
        mistakes=(
            "A project key (sk-proj-…) or a service account's key: they call models, but cannot read usage.",
            "An admin key without api.usage.read. If it has it and is refused all the same, make a new one: keys of"
            " late 2025 are known for it.",
            "An admin key that has expired: they may carry a date.",
            "A key of another organization: each key reads the organization that it was made in.",
        ),
    ),
    "anthropic": KeyGuide(
        kind="admin key",
        begins="sk-ant-admin",
        page="https://platform.claude.com/settings/admin-keys",
        maker="an admin of the organization",
        scope="It needs no scope: every Admin API key reads the organization's usage.",
        mistakes=(
            "An ordinary API key (sk-ant-api…): it calls models, but cannot read usage.",
            "An individual account: Anthropic gives Admin keys to organizations only; make one under Settings.",
            "A workspace's key: it reads no usage of the organization.",
            "Claude on Bedrock or Vertex: that usage is not reported here.",
        ),
    ),
    "openrouter": KeyGuide(
        kind="management key",
        begins="sk-or-v1-",
        page="https://openrouter.ai/settings/management-keys",
        maker="an administrator of the account or organization",
        scope="It needs no scope. Management keys cannot call models.",
        mistakes=(
            "An ordinary key: it begins with sk-or-v1- too, so look at where it was made, not at how it begins.",
            "A management key that was disabled or deleted.",
        ),
    ),
}
