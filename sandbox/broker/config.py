"""The configuration file of the broker's sandbox, checked. `read_broker_config` raises ConfigError with a sentence."""

from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PositiveInt, ValidationError


class ConfigError(Exception):
    """The configuration cannot be used; the message says which part and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PortfolioConfig(_Strict):
    """Units that the broker holds for us at a registry; `serial` has {start} and {end} where the numbers belong."""

    id: str = Field(min_length=1)
    registry_name: str
    registry_id: str
    project_name: str
    serial: Annotated[str, Field(pattern=r"\{start\}.*\{end\}")]
    first_unit: PositiveInt
    units: PositiveInt
    unit_kg: PositiveInt = 1000


class BrokerConfig(_Strict):
    now: AwareDatetime | None = None
    api_key: str = Field(min_length=8, repr=False)
    portfolios: tuple[PortfolioConfig, ...] = Field(min_length=1)


def read_broker_config(path: Path) -> BrokerConfig:
    """The checked configuration. Raises ConfigError."""
    try:
        return BrokerConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigError(f"the configuration {path} is wrong at {place}: {first['msg']}") from error
