"""Settings: the only place that reads the environment.

Every setting is an environment variable with the prefix CARBONLEDGER_ (or a line of `.env` in the working directory);
`.env.example` lists them all with their defaults, and a test holds the two against each other.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.did_web import DidWeb

# Paths are appended to it, so it ends without a slash.
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^/\s]"), AfterValidator(lambda url: url.rstrip("/"))]


class Settings(BaseSettings):
    """What the product is told from outside. Frozen; passed as an argument, never looked up from a module."""

    model_config = SettingsConfigDict(
        env_prefix="CARBONLEDGER_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(default=Path("~/.carbonledger"), description="Folder of the embedded database and the vault.")
    database_url: SecretStr | None = Field(default=None, description="PostgreSQL 15 or newer; unset: embedded server.")
    worker_database_url: SecretStr | None = Field(default=None, description="Log-in of the worker role, if it has one.")
    app_database_url: SecretStr | None = Field(default=None, description="Log-in of the app role, if it has one.")
    public_url: HttpUrl = Field(
        default="http://127.0.0.1:8321", description="Where people reach the server; cookies' origin."
    )

    secrets_backend: Literal["local", "aws"] = Field(default="local", description="Where provider keys are kept.")
    aws_region: str = Field(default="us-east-1", description="Region of AWS Secrets Manager.")

    openai_base_url: HttpUrl = Field(default="https://api.openai.com/v1", description="OpenAI API, with /v1.")
    anthropic_base_url: HttpUrl = Field(
        default="https://api.anthropic.com", description="Anthropic API, without a path."
    )
    openrouter_base_url: HttpUrl = Field(
        default="https://openrouter.ai/api/v1", description="OpenRouter API, with /api/v1."
    )

    stripe_api_base: HttpUrl = Field(default="https://api.stripe.com", description="Stripe API, without a path.")
    stripe_secret_key: SecretStr | None = Field(default=None, description="Stripe key; unset: nothing can be bought.")
    stripe_webhook_secret: SecretStr | None = Field(
        default=None, validate_default=True, description="What Stripe signs webhooks with; needed with a Stripe key."
    )

    credits_policy: Literal["removal_first", "oldest_vintage_first", "cheapest"] = Field(
        default="removal_first", description="Which blocks of credits are used up first."
    )
    credits_beneficiary: str = Field(
        default="CarbonLedger, on behalf of its customers",
        min_length=1,
        max_length=512,
        description="Whom registries name as beneficiary of the pool's retirements.",
    )
    broker_base_url: HttpUrl = Field(
        default="https://api.cnaught.com/v1", description="API of the credit broker, with /v1."
    )
    broker_api_key: SecretStr | None = Field(default=None, description="Key of the broker; unset: operators retire.")

    issuer: str | None = Field(
        default=None, description="Domain (or did:web) that receipts are issued under; unset: receipts wait."
    )

    password_memory_mib: int = Field(
        default=64, ge=8, le=1024, description="Memory that hashing one password takes, MiB."
    )
    poll_shards: int = Field(default=1, ge=1, le=64, description="Into how many shards the hourly poll is split.")
    smtp_url: SecretStr | None = Field(default=None, description="apprise mailto(s):// URL that sends our mail.")
    contact_url: str | None = Field(
        default=None, pattern=r"^(mailto:|https://)\S+$", description="Where people write to about Enterprise."
    )
    alert_urls: SecretStr | None = Field(default=None, description="apprise URLs for operators, separated by spaces.")
    allow_private_targets: bool = Field(
        default=False, description="Whether organizations may be notified at private addresses, as in a network of one."
    )

    @field_validator("stripe_secret_key")
    @classmethod
    def _is_a_stripe_key(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        text = "" if key is None else key.get_secret_value()
        if key is not None and not text.startswith(("sk_test_", "rk_test_", "sk_live_", "rk_live_")):
            raise ValueError("a Stripe key begins with sk_test_, rk_test_, sk_live_ or rk_live_")
        if "_live_" in text and info.data.get("stripe_api_base") != cls.model_fields["stripe_api_base"].default:
            raise ValueError("a live key is sent to Stripe only: unset CARBONLEDGER_STRIPE_API_BASE")
        return key

    @field_validator("stripe_webhook_secret")
    @classmethod
    def _comes_with_a_stripe_key(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Without it anybody could tell us what was paid."""
        has_secret = secret is not None and secret.get_secret_value().strip() != ""
        if info.data.get("stripe_secret_key") is not None and not has_secret:
            raise ValueError("a Stripe key is set, so the signing secret of its webhook endpoint is needed too")
        return secret

    @field_validator("broker_base_url")
    @classmethod
    def _retires_for_real_where_money_is(cls, url: str, info: ValidationInfo) -> str:
        """Who pays with real money gets real retirements: a stand-in for the broker retires nothing."""
        key: SecretStr | None = info.data.get("stripe_secret_key")
        is_live = key is not None and "_live_" in key.get_secret_value()
        if is_live and url != cls.model_fields["broker_base_url"].default:
            raise ValueError("with a live Stripe key, credits are retired by the real broker: unset it")
        return url

    @field_validator("issuer")
    @classmethod
    def _issues_real_receipts_for_real_money_only(cls, issuer: str | None, info: ValidationInfo) -> str | None:
        """As a did:web. A reserved domain makes test receipts; a test that looks real would be a forgery of ours."""
        if issuer is None:
            return None
        name = DidWeb.parse(issuer)
        stripe_key: SecretStr | None = info.data.get("stripe_secret_key")
        if stripe_key is not None:
            is_live = "_live_" in stripe_key.get_secret_value()
            if is_live and name.is_reserved:
                raise ValueError("a reserved domain makes test receipts; with a live Stripe key, name your own domain")
            if not is_live and not name.is_reserved:
                raise ValueError("with a test Stripe key receipts are tests: name a reserved domain, as ledger.example")
        if not name.is_reserved and info.data.get("broker_base_url") != cls.model_fields["broker_base_url"].default:
            raise ValueError("real receipts need the real broker: unset CARBONLEDGER_BROKER_BASE_URL")
        return name.did

    @cached_property
    def home_path(self) -> Path:
        return self.home.expanduser().resolve()


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment for a process of ours that has to see exactly these settings, secrets included."""
    inherited = os.environ.items()  # noqa: TID251 - this is the module that may
    given = {key: value for key, value in inherited if not key.startswith("CARBONLEDGER_")}
    for name, value in settings:
        if value is not None:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            given[f"CARBONLEDGER_{name.upper()}"] = plain
    return given
