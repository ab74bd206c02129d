"""The configuration file of the Stripe sandbox, checked: clock, key, catalogue, webhook endpoints, rules of collection.

`read_stripe_config` raises ConfigError with a sentence that names the field. Every field has a default: `{}` is the
catalogue of our tiers on the real clock.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError


class ConfigError(Exception):
    """The configuration cannot be used; the message says which part and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceConfig(_Strict):
    """One recurring price in US dollars. `trial_days` is the price's default, which Stripe applies where a
    subscription asks for it (`trial_from_plan`), and Checkout never by itself."""

    lookup_key: str = Field(min_length=1)
    product: str = Field(min_length=1)
    unit_amount: NonNegativeInt
    """Cents."""
    interval: Literal["month", "year"] = "month"
    trial_days: PositiveInt | None = None


class EndpointConfig(_Strict):
    url: str = Field(min_length=1)
    secret: str = Field(min_length=8, repr=False)
    enabled_events: tuple[str, ...] = ("*",)


class Rules(BaseModel):
    """What differs from one Stripe account to the next, and what tests turn: changed under /_sandbox/config."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    hold: bool = False
    """Webhooks wait until they are released."""
    duplicate: PositiveInt = 1
    """How often each webhook is delivered."""
    parallel: PositiveInt = 1
    """How many webhooks are on their way at once. One: they arrive in order."""
    retry_days: Annotated[tuple[PositiveInt, ...], Field(max_length=8)] = (3, 5, 7)
    """Days from each failed payment of a renewal to the next try."""
    after_retries: Literal["cancel", "unpaid", "past_due"] = "cancel"
    finalise_after_seconds: NonNegativeInt = 3600
    """From a renewal's draft to its payment: an hour, or up to 72 where a webhook endpoint does not answer."""
    webhook_retry_seconds: tuple[PositiveInt, ...] = (3600, 7200)
    """Seconds of the server's clock from each failed delivery to the next; test mode tries three times."""


def _tier(name: str, cents: int) -> tuple[PriceConfig, PriceConfig]:
    product, key = f"CarbonLedger {name.capitalize()}", f"carbonledger_{name}"
    return (
        PriceConfig(lookup_key=f"{key}_monthly", product=product, unit_amount=cents),
        PriceConfig(lookup_key=f"{key}_annual", product=product, unit_amount=10 * cents, interval="year"),
    )


DEFAULT_PRICES = (
    *_tier("starter", 2_900),
    *_tier("growth", 9_900),
    *_tier("scale", 29_900),
    PriceConfig(
        lookup_key="carbonledger_starter_trial", product="CarbonLedger Starter", unit_amount=2_900, trial_days=14
    ),
)


class StripeSandboxConfig(_Strict):
    now: AwareDatetime | None = None
    """The instant at which the server's clock stands; null: the real clock."""
    api_key: str = Field(default="sk_test_carbonledger_sandbox", pattern=r"^(sk|rk)_test_\w+$", repr=False)
    prices: tuple[PriceConfig, ...] = DEFAULT_PRICES
    webhook_endpoints: tuple[EndpointConfig, ...] = ()
    rules: Rules = Rules()


def read_stripe_config(path: Path) -> StripeSandboxConfig:
    """The checked configuration. Raises ConfigError."""
    try:
        return StripeSandboxConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigError(f"the configuration {path} is wrong at {place}: {first['msg']}") from error
