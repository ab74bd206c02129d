"""The bodies of a connection's mapping: selectors, changes, and the workloads that they make."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.telemetry.time_span import instant_of
from core.ids import database_key, public_id
from ingestion.errors import UnknownProjectError
from ingestion.mapping import MappingChange, MappingView, Selector, WorkloadView, counts_from

LONGEST_ID = 40
MOST_CHANGES = 500

InstantText = Annotated[str, Field(description="An instant (RFC 3339), or a UTC day for its midnight.", max_length=40)]


class SelectorBody(BaseModel):
    """A part of an account's usage. A key's goes before a provider project's, that before the whole account's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["account", "project", "api_key"] = Field(
        description="project: the provider's own project or workspace. OpenRouter does not tell keys apart."
    )
    value: str = Field(
        description="The provider's id; (none) where the provider names none; (all) for the whole account.",
        max_length=1000,
        examples=["proj_abc123"],
    )

    @classmethod
    def of(cls, selector: Selector) -> Self:
        return cls(kind=selector.kind, value=selector.value)

    def parsed(self) -> Selector:
        return Selector(self.kind, self.value)


class ChangeBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    selector: SelectorBody
    project_id: str | None = Field(
        description="null: take the selector away; its usage falls to the next less specific one.",
        max_length=LONGEST_ID,
        examples=["proj_1"],
    )


class PlannedMapping(BaseModel):
    """Changes that take effect together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    changes: list[ChangeBody] = Field(min_length=1, max_length=MOST_CHANGES)
    effective_at: InstantText | None = Field(
        default=None, description="Null: now. Or a later instant (RFC 3339), or a UTC day for its midnight."
    )

    def parsed(self) -> list[MappingChange]:
        return [
            MappingChange(
                change.selector.parsed(), None if change.project_id is None else project_key(change.project_id)
            )
            for change in self.changes
        ]

    def instant(self) -> datetime | None:
        """Raises InvalidTimeRangeError."""
        return None if self.effective_at is None else instant_of(self.effective_at, "effective_at")


class NewMapping(PlannedMapping):
    version: int = Field(ge=1, le=2**31 - 1, description="Of the mapping that the changes were decided on.")


class WorkloadBody(BaseModel):
    """Usage buckets that start in [starts_at, ends_at) belong to the project."""

    id: str = Field(examples=["wl_1"])
    selector: SelectorBody
    project_id: str
    project_name: str
    state: Literal["in_force", "planned", "ended"]
    starts_at: datetime | None = Field(description="null: from the first usage on.")
    ends_at: datetime | None = Field(description="null: until the mapping changes.")
    counts_from: datetime | None = Field(
        description="Start of the first usage bucket that begins at or after starts_at."
    )

    @classmethod
    def of(cls, workload: WorkloadView, mapping: MappingView, now: datetime) -> Self:
        state: Literal["in_force", "planned", "ended"] = "ended"
        if workload.is_in_force_at(now):
            state = "in_force"
        elif workload.ends_at is None or workload.ends_at > now:
            state = "planned"
        return cls(
            id=public_id("wl", workload.id),
            selector=SelectorBody.of(workload.selector),
            project_id=public_id("proj", workload.project_id),
            project_name=workload.project_name,
            state=state,
            starts_at=workload.starts_at,
            ends_at=workload.ends_at,
            counts_from=None if workload.starts_at is None else counts_from(mapping, workload.starts_at),
        )


class MappingBody(BaseModel):
    connection_id: str
    version: int = Field(description="Send it with the changes: who comes second is told.")
    counts_from_day: bool = Field(description="Usage buckets are a day wide: a change counts from the next UTC day on.")
    counts_from: datetime = Field(description="Start of the first usage bucket that a change made now would move.")
    data: list[WorkloadBody] = Field(description="In force or planned first, then history, the latest first.")

    @classmethod
    def of(cls, view: MappingView, now: datetime) -> Self:
        return cls(
            connection_id=public_id("conn", view.connection_id),
            version=view.version,
            counts_from_day=view.counts_from_day,
            counts_from=counts_from(view, now),
            data=[WorkloadBody.of(workload, view, now) for workload in view.workloads],
        )


def project_key(public: str) -> int:
    """Raises UnknownProjectError for an id that cannot be one."""
    key = database_key("proj", public)
    if key is None:
        raise UnknownProjectError
    return key
