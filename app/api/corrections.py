"""/v1/corrections: history shown under another project, on purpose and with a reason."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.accounts.principal import Principal
from app.api.cursors import Cursor, Limit, page_of
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from app.api.mapping_bodies import LONGEST_ID, InstantText, SelectorBody, project_key
from app.api.mapping_figures import PreviewBody
from app.api.public_ids import key_or_not_found
from app.telemetry.mapping_preview import preview_correction
from app.telemetry.time_span import instant_of
from core.ids import public_id
from ingestion import corrections
from ingestion.corrections import CorrectionView

router = APIRouter(prefix="/v1/corrections", tags=["corrections"], route_class=IdempotentRoute)

Reader = Annotated[Principal, allowed("projects:read")]
Writer = Annotated[Principal, allowed("projects:write")]


class CorrectedUsage(BaseModel):
    """Usage buckets that start in [start, end) and match the selector."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection_id: str = Field(
        description="Whose account it is; a deleted connection's history can be corrected too.",
        max_length=LONGEST_ID,
        examples=["conn_1"],
    )
    selector: SelectorBody
    start: InstantText | None = Field(default=None, description="null: from the first usage on.")
    end: InstantText
    project_id: str = Field(
        description="Where it is shown; archived projects can be corrected too.",
        max_length=LONGEST_ID,
        examples=["proj_1"],
    )

    def since(self) -> datetime | None:
        """Raises InvalidTimeRangeError."""
        return None if self.start is None else instant_of(self.start, "start")

    def until(self) -> datetime:
        """Raises InvalidTimeRangeError."""
        return instant_of(self.end, "end")


class NewCorrection(CorrectedUsage):
    reason: str = Field(description="Why, in 1 to 500 characters on one line; the audit log keeps it.")


class CorrectionBody(BaseModel):
    id: str = Field(examples=["corr_1"])
    connection_id: str
    selector: SelectorBody
    start: datetime | None
    end: datetime
    project_id: str
    project_name: str
    reason: str
    made_by: str = Field(description="A person's or an API key's id.", examples=["user_1"])
    made_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None = Field(description="null: it stands.")

    @classmethod
    def of(cls, view: CorrectionView) -> Self:
        return cls(
            id=public_id("corr", view.id),
            connection_id=public_id("conn", view.connection_id),
            selector=SelectorBody.of(view.selector),
            start=view.start,
            end=view.end,
            project_id=public_id("proj", view.project_id),
            project_name=view.project_name,
            reason=view.reason,
            made_by=view.made_by,
            made_at=view.made_at,
            withdrawn_by=view.withdrawn_by,
            withdrawn_at=view.withdrawn_at,
        )


class CorrectionPage(BaseModel):
    data: list[CorrectionBody]
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")


@router.get("")
def list_corrections(
    request: Request, context: Context, principal: Reader, limit: Limit = 100, after: Cursor = None
) -> CorrectionPage:
    """The organization's corrections, oldest first; of those that stand and cover the same usage the last is shown."""
    views = sorted(corrections.list_corrections(context.database, principal.org_id), key=lambda view: view.id)
    shown, next_cursor = page_of(views, request, limit=limit, after=after, key=lambda view: view.id)
    return CorrectionPage(data=[CorrectionBody.of(view) for view in shown], next_cursor=next_cursor)


@router.post("", status_code=201)
def correct_usage(new: NewCorrection, context: Context, principal: Writer, now: Now) -> CorrectionBody:
    """Show history under another project. Analytics follow with the next build; what was routed, and what closed
    periods and receipts have stated, stays."""
    view = corrections.correct_usage(
        context.database,
        org_id=principal.org_id,
        connection_id=key_or_not_found("conn", new.connection_id),
        selector=new.selector.parsed(),
        start=new.since(),
        end=new.until(),
        project_id=project_key(new.project_id),
        reason=new.reason,
        actor=principal.actor,
        now=now,
    )
    return CorrectionBody.of(view)


@router.post("/preview")
def preview_usage_correction(planned: CorrectedUsage, context: Context, principal: Reader, now: Now) -> PreviewBody:
    """The usage that would move, and what each project would have of it. Nothing is written."""
    start, end = planned.since(), planned.until()
    corrections.check_span(start, end, now=now)
    preview = preview_correction(
        context.database,
        principal.org_id,
        key_or_not_found("conn", planned.connection_id),
        planned.selector.parsed(),
        start=start,
        end=end,
        project_id=project_key(planned.project_id),
    )
    return PreviewBody.of(preview, start=start, end=end)


@router.post("/{correction_id}/withdraw")
def withdraw_correction(correction_id: str, context: Context, principal: Writer, now: Now) -> CorrectionBody:
    """Show the usage where it was before. Withdrawing it again changes nothing."""
    view = corrections.withdraw_correction(
        context.database,
        org_id=principal.org_id,
        correction_id=key_or_not_found("corr", correction_id),
        actor=principal.actor,
        now=now,
    )
    return CorrectionBody.of(view)
