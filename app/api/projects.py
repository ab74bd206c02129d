"""/v1/projects: what an organization divides its usage into."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.accounts.principal import Principal
from app.api.cursors import Cursor, Limit, page_of
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from app.api.kept_answers import summary_response
from app.api.public_ids import key_or_not_found
from app.api.telemetry_answers import SummaryBody
from app.api.telemetry_parameters import Arranged, OnlyOfProject, Span
from app.api.telemetry_parameters import Reader as TelemetryReader
from core.ids import public_id
from ingestion import projects
from ingestion.projects import ProjectView

router = APIRouter(prefix="/v1/projects", tags=["projects"], route_class=IdempotentRoute)

Reader = Annotated[Principal, allowed("projects:read")]
Writer = Annotated[Principal, allowed("projects:write")]
ProjectName = Annotated[
    str,
    Field(
        description="1 to 80 characters of any script, on one line; normalised to NFC, without white space around it. "
        "No other project of the organization, archived or not, has it.",
        examples=["Search"],
    ),
]


class NewProject(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ProjectName


class ProjectChange(BaseModel):
    """All of it or nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ProjectName | None = None
    is_archived: bool | None = Field(
        default=None, description="Archived projects keep their history; no usage can go to them."
    )
    is_default: Literal[True] | None = Field(
        default=None, description="Take that rank from the project that has it now."
    )
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Refuse the change (409) if the project has changed since."
    )

    @model_validator(mode="after")
    def _is_a_change(self) -> Self:
        if self.name is None and self.is_archived is None and self.is_default is None:
            raise ValueError("Send name, is_archived or is_default")
        return self


class ProjectBody(BaseModel):
    id: str = Field(examples=["proj_1"])
    name: str
    is_default: bool = Field(description="Usage is booked here unless a connection says otherwise.")
    version: int = Field(description="Counts the changes.")
    created_at: datetime
    archived_at: datetime | None

    @classmethod
    def of(cls, view: ProjectView) -> Self:
        return cls(
            id=public_id("proj", view.id),
            name=view.name,
            is_default=view.is_default,
            version=view.version,
            created_at=view.created_at,
            archived_at=view.archived_at,
        )


class ProjectPage(BaseModel):
    data: list[ProjectBody]
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")


@router.get("")
def list_projects(
    request: Request,
    context: Context,
    principal: Reader,
    include_archived: Annotated[bool, Query(description="Archived projects as well.")] = False,  # noqa: FBT002 - by name
    limit: Limit = 100,
    after: Cursor = None,
) -> ProjectPage:
    """The organization's projects, oldest first."""
    views = sorted(projects.list_projects(context.database, principal.org_id), key=lambda view: view.id)
    wanted = [view for view in views if include_archived or view.archived_at is None]
    shown, next_cursor = page_of(wanted, request, limit=limit, after=after, key=lambda view: view.id)
    return ProjectPage(data=[ProjectBody.of(view) for view in shown], next_cursor=next_cursor)


@router.post("", status_code=201)
def create_project(new: NewProject, context: Context, principal: Writer, now: Now, response: Response) -> ProjectBody:
    """A project that nothing belongs to yet. Map a connection, or a part of it, to it."""
    view = projects.create_project(
        context.database, org_id=principal.org_id, name=new.name, actor=principal.actor, now=now
    )
    body = ProjectBody.of(view)
    response.headers["Location"] = f"/v1/projects/{body.id}"
    return body


@router.get("/{project_id}")
def get_project(project_id: str, context: Context, principal: Reader) -> ProjectBody:
    """One project, also an archived one."""
    view = projects.get_project(context.database, principal.org_id, key_or_not_found("proj", project_id))
    return ProjectBody.of(view)


@router.patch("/{project_id}")
def change_project(
    project_id: str, change: ProjectChange, context: Context, principal: Writer, now: Now
) -> ProjectBody:
    """Rename it, archive or restore it, make it the default. What usage goes to stays open; map it elsewhere first."""
    view = projects.change_project(
        context.database,
        org_id=principal.org_id,
        project_id=key_or_not_found("proj", project_id),
        version=change.version,
        name=change.name,
        is_archived=change.is_archived,
        is_default=change.is_default,
        actor=principal.actor,
        now=now,
    )
    return ProjectBody.of(view)


@router.get("/{project_id}/summary", response_model=SummaryBody)
def read_project_summary(
    request: Request, principal: TelemetryReader, span: Span, only: OnlyOfProject, arranged: Arranged
) -> Response:
    """As /v1/telemetry/summary, of this project alone."""
    group_by, sort = arranged
    return summary_response(request, principal.org_id, span=span, group_by=group_by, only=only, sort=sort)
