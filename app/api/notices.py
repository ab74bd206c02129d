"""/v1/notices: what the app has to tell, and what a person has read of it."""

from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from app.accounts.notices import Notice, list_notices, mark_all_read, mark_read
from app.accounts.principal import Principal
from app.api.cursors import Cursor, Limit, cursor, id_of
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from app.api.public_ids import key_or_not_found
from core.ids import public_id

router = APIRouter(prefix="/v1/notices", tags=["notices"], route_class=IdempotentRoute)

Reader = Annotated[Principal, allowed("notices:read")]


class NoticeBody(BaseModel):
    id: str = Field(examples=["notice_1"])
    title: str
    body: str = Field(description="What happened, and what follows from it.")
    link: str = Field(
        description="A page of the dashboard on which there is something to do.", examples=["/connections"]
    )
    link_text: str = Field(description="What to do there.")
    told_at: AwareDatetime
    read_at: AwareDatetime | None = Field(description="When this person marked it as read.")

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(
            id=public_id("notice", notice.id),
            title=notice.title,
            body=notice.body,
            link=notice.link,
            link_text=notice.link_text,
            told_at=notice.told_at,
            read_at=notice.read_at,
        )


class NoticePage(BaseModel):
    data: list[NoticeBody]
    next_cursor: str | None = Field(description="For the next older page; null on the last one.")


@router.get("")
def read_notices(
    request: Request,
    context: Context,
    principal: Reader,
    unread: Annotated[bool, Query(description="Only what this person has not marked as read.")] = False,  # noqa: FBT002 - a query parameter
    limit: Limit = 50,
    after: Cursor = None,
) -> NoticePage:
    """Newest first. People only: an API key reads nothing for anybody."""
    notices = list_notices(
        context.database,
        principal,
        show="unread" if unread else "all",
        before_id=id_of(request, after),
        limit=limit + 1,
    )
    shown = notices[:limit]
    return NoticePage(
        data=[NoticeBody.of(notice) for notice in shown],
        next_cursor=cursor(request, [str(shown[-1].id)]) if len(notices) > limit else None,
    )


@router.post("/read", status_code=204)
def mark_all_notices_read(context: Context, principal: Reader, now: Now) -> None:
    """Mark all that there are now as read, for this person."""
    mark_all_read(context.database, principal, now=now)


@router.post("/{notice_id}/read", status_code=204)
def mark_notice_read(notice_id: str, context: Context, principal: Reader, now: Now) -> None:
    """Mark one as read, for this person."""
    mark_read(context.database, principal, key_or_not_found("notice", notice_id), now=now)
