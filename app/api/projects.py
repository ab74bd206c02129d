"""/v1/projects: what an organization divides its usage into."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from app.accounts.principal import Principal
from app.api.cursors import Cursor, Limit, page_of
from app.api.dependencies import Context, allowed
from core.ids import public_id
from ingestion import projects

router = APIRouter(prefix="/v1/projects", tags=["projects"])


class ProjectBody(BaseModel):
    id: str = Field(examples=["proj_1"])
    name: str
    is_default: bool = Field(description="Usage is booked here unless a connection says otherwise.")
    created_at: datetime
    archived_at: datetime | None


class ProjectPage(BaseModel):
    data: list[ProjectBody]
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")


@router.get("")
def list_projects(
    request: Request,
    context: Context,
    principal: Annotated[Principal, allowed("projects:read")],
    limit: Limit = 100,
    after: Cursor = None,
) -> ProjectPage:
    """The organization's projects, oldest first."""
    views = sorted(projects.list_projects(context.database, principal.org_id), key=lambda view: view.id)
    shown, next_cursor = page_of(views, request, limit=limit, after=after, key=lambda view: view.id)
    return ProjectPage(
        data=[
            ProjectBody(
                id=public_id("proj", view.id),
                name=view.name,
                is_default=view.is_default,
                created_at=view.created_at,
                archived_at=view.archived_at,
            )
            for view in shown
        ],
        next_cursor=next_cursor,
    )
