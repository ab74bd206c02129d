"""The configuration file of the usage sandbox, checked: which accounts there are, with which keys and whose usage.

`read_config` raises ConfigError with a sentence that names the field; nothing is guessed.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PositiveInt,
    Tag,
    ValidationError,
    model_validator,
)

from sandbox.usage.identities import Provider

DEFAULT_MODELS: dict[Provider, tuple[str, ...]] = {
    "openai": ("gpt-5-2025-08-07", "gpt-5-mini-2025-08-07", "gpt-4o-2024-08-06"),
    "anthropic": ("claude-opus-4-8", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"),
    "openrouter": (
        "anthropic/claude-4.5-sonnet-20250929",
        "openai/gpt-5-mini-2025-08-07",
        "deepseek/deepseek-chat-v3.1",
    ),
}


class ConfigError(Exception):
    """The configuration, or a trace that it names, cannot be used; the message says which part and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeyConfig(_Strict):
    key: str = Field(min_length=8, repr=False)
    kind: Literal["admin", "project", "no_scope", "revoked"] = "admin"


class TraceUsage(_Strict):
    """Requests of a trace file, from `starts_at` on, stretched linearly over `stretch_hours`."""

    trace: Path
    starts_at: AwareDatetime
    stretch_hours: PositiveInt = 72


class Rhythm(_Strict):
    """Usage invented from a seed, for ever. `growth_percent` is what 30 days add, of the first day's."""

    seed: int
    starts_at: AwareDatetime
    requests_per_hour: PositiveInt = 400
    growth_percent: int = Field(default=0, ge=-50, le=100)


class GeneratedUsage(_Strict):
    generate: Rhythm


def _kind_of_usage(given: object) -> str:
    is_generated = isinstance(given, GeneratedUsage) or (isinstance(given, dict) and "generate" in given)
    return "generate" if is_generated else "trace"


class AccountConfig(_Strict):
    provider: Provider
    organization_id: str = Field(min_length=1)
    organization_name: str = "Sandbox organization"
    keys: tuple[KeyConfig, ...] = Field(min_length=1)
    usage: Annotated[
        Annotated[TraceUsage, Tag("trace")] | Annotated[GeneratedUsage, Tag("generate")], Discriminator(_kind_of_usage)
    ]
    projects: int = Field(default=3, ge=1, le=50)
    api_keys: int = Field(default=3, ge=1, le=50)
    """Keys in each project."""
    models: tuple[str, ...] = Field(default=(), max_length=50)
    """Empty: the provider's three of DEFAULT_MODELS."""
    null_dimensions: bool = True
    """One more choice of project (the default workspace, or unattributed) and of key (used from the console)."""
    byok_percent: int = Field(default=0, ge=0, le=100)
    """Share of OpenRouter requests that went through a provider key of the organization's own."""
    requests_per_minute: PositiveInt | None = 64
    """OpenRouter's limit on analytics queries per key; null switches it off."""

    @property
    def model_names(self) -> tuple[str, ...]:
        return self.models or DEFAULT_MODELS[self.provider]


class UsageSandboxConfig(_Strict):
    now: AwareDatetime | None = None
    """The instant at which the sandbox's clock stands; null: the real clock."""
    accounts: tuple[AccountConfig, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_are_distinct(self) -> Self:
        keys = [key.key for account in self.accounts for key in account.keys]
        if len(keys) != len(set(keys)):
            raise ValueError("a key is given twice: each key belongs to one account")
        return self


def read_config(path: Path) -> UsageSandboxConfig:
    """The checked configuration. Paths of traces in it are relative to its folder. Raises ConfigError."""
    try:
        config = UsageSandboxConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigError(f"the configuration {path} is wrong at {place}: {first['msg']}") from error
    return config
