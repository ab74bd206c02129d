"""The bodies of /v1/connections. A key comes in as a secret type and never goes out."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.api.problem_types import title_of
from app.api.problems import type_url
from core.ids import public_id
from ingestion.connections import ConnectionView
from ingestion.sync_requests import SyncProgress
from ingestion.usage_row import ProviderName

_LONGEST_KEY = 512


def _sendable(key: SecretStr) -> SecretStr:
    """A key travels in an HTTP header; what cannot is no key, and the HTTP client's complaint would repeat it."""
    text = key.get_secret_value().strip()
    if not text or len(text) > _LONGEST_KEY or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("This cannot be an API key: it is empty, too long, or has characters that no key has")
    return SecretStr(text)


ApiKey = Annotated[
    SecretStr,
    AfterValidator(_sendable),
    Field(description="The provider's admin (management) key. It is checked first and is never shown again."),
]
Label = Annotated[str, Field(description="Its name in the dashboard.", max_length=200, examples=["Production"])]


class NewConnection(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"provider": "openai", "api_key": "sk-admin-your-key", "label": "Production"}],
        },
    )

    provider: ProviderName
    api_key: ApiKey
    label: Label | None = None
    project_id: str | None = Field(
        default=None,
        description="Where its usage is booked. Else where the account was booked before, or the default project.",
        examples=["proj_1"],
        max_length=40,
    )


class RereadDays(BaseModel):
    """UTC days, both included; at most 31."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"first_day": "2026-11-20", "last_day": "2026-11-21"}]}
    )

    first_day: date
    last_day: date


class ConnectionChange(BaseModel):
    """One of `api_key` and `usage_endpoint`, a `label`, or one of them with a label."""

    model_config = ConfigDict(extra="forbid")

    label: Label | None = None
    api_key: Annotated[ApiKey | None, Field(description="Re-authenticate with a new key of the same account.")] = None
    usage_endpoint: str | None = Field(
        default=None, description="The provider's usage API to read.", max_length=40, examples=["analytics"]
    )

    @model_validator(mode="after")
    def _is_one_change(self) -> "ConnectionChange":
        """Two changes that the provider is asked about could fail apart, and a refused request changes nothing."""
        if self.api_key is not None and self.usage_endpoint is not None:
            raise ValueError("Change api_key and usage_endpoint in two requests")
        if self.label is None and self.api_key is None and self.usage_endpoint is None:
            raise ValueError("Send label, api_key or usage_endpoint")
        return self


class ErrorBody(BaseModel):
    type: str = Field(description="As in a problem: a page that says what this kind of error means.")
    title: str
    detail: str = Field(description="What happened, and what to do.")


class ProgressBody(BaseModel):
    done: int
    total: int | None = Field(description="Windows of time to read; null: not planned yet.")


class SyncBody(BaseModel):
    id: str
    state: Literal["queued", "polling", "building", "succeeded", "failed"]
    progress: ProgressBody
    requested_at: datetime
    finished_at: datetime | None
    error: ErrorBody | None


class ConnectionBody(BaseModel):
    id: str = Field(examples=["conn_1"])
    provider: ProviderName
    label: str
    status: Literal["active", "error", "skipped"] = Field(
        description="error: the key was refused; skipped: five failures in a row. Not polled until a new key comes."
    )
    error: ErrorBody | None = Field(description="Of the last poll.")
    usage_endpoint: str
    project_id: str = Field(
        description="Where the account's usage goes now, but for parts that are mapped apart: see its mapping."
    )
    last_polled_at: datetime | None
    data_through: datetime | None = Field(description="All usage before this instant has been read.")
    history_from: datetime = Field(description="Where what has been read begins.")
    created_at: datetime
    sync: SyncBody | None = Field(description="The newest sync request.")


class ConnectionPage(BaseModel):
    data: list[ConnectionBody]
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")


def connection_body(view: ConnectionView, *, public_url: str, now: datetime) -> ConnectionBody:
    return ConnectionBody.model_validate(
        {
            "id": public_id("conn", view.id),
            "provider": view.provider,
            "label": view.label,
            "status": view.status,
            "error": _error(view.error_code, view.error_sentence, public_url),
            "usage_endpoint": view.usage_endpoint,
            "project_id": public_id("proj", view.project_at(now)),
            "last_polled_at": view.last_polled_at,
            "data_through": view.data_through,
            "history_from": view.history_from,
            "created_at": view.created_at,
            "sync": None if view.sync is None else _sync(view.sync, public_url),
        }
    )


def _sync(sync: SyncProgress, public_url: str) -> Mapping[str, object]:
    return {
        "id": public_id("sync", sync.id),
        "state": sync.state,
        "progress": {"done": sync.windows_done, "total": sync.windows_total},
        "requested_at": sync.requested_at,
        "finished_at": sync.finished_at,
        "error": _error(sync.error_code, sync.error_sentence, public_url),
    }


def _error(code: str | None, sentence: str | None, public_url: str) -> ErrorBody | None:
    if code is None:
        return None
    return ErrorBody(type=type_url(public_url, code), title=title_of(code), detail=sentence or title_of(code))
