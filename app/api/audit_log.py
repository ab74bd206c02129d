"""/v1/audit-log: what was done in the organization, by whom and when."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from app.accounts.audit_log import AuditEntry, list_audit_log, whole_audit_log
from app.accounts.principal import Principal
from app.api.cursors import Cursor, Limit, cursor, id_of
from app.api.dependencies import Context, allowed
from app.api.spreadsheet_text import spreadsheet_text

router = APIRouter(prefix="/v1/audit-log", tags=["audit log"])

Reader = Annotated[Principal, allowed("audit:read")]
OfAct = Annotated[str | None, Query(description="One act only.", examples=["session.started"], max_length=80)]

_HEADER = ("at", "actor", "actor_name", "act", "subject", "detail")


class AuditEntryBody(BaseModel):
    at: AwareDatetime
    actor: str = Field(description="Public id of a person or an API key, or `operator`.", examples=["user_1"])
    actor_name: str | None = Field(description="The member's e-mail or the key's name; null for others.")
    act: str = Field(examples=["connection.connected"])
    subject: str = Field(description="What it was done to.", examples=["conn_1"])
    detail: str | None = Field(description="What changed, where the act alone does not say.")

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(
            at=entry.at,
            actor=entry.actor,
            actor_name=entry.actor_name,
            act=entry.act,
            subject=entry.subject,
            detail=entry.reason,
        )


class AuditPage(BaseModel):
    data: list[AuditEntryBody]
    next_cursor: str | None = Field(description="For the next older page; null on the last one.")


@router.get("")
def read_audit_log(
    request: Request, context: Context, principal: Reader, act: OfAct = None, limit: Limit = 50, after: Cursor = None
) -> AuditPage:
    """Newest first. Owners and admins."""
    entries = list_audit_log(context.database, principal, act=act, before_id=id_of(request, after), limit=limit + 1)
    shown = entries[:limit]
    return AuditPage(
        data=[AuditEntryBody.of(entry) for entry in shown],
        next_cursor=cursor(request, [str(shown[-1].id)]) if len(entries) > limit else None,
    )


@router.get(".csv", response_class=StreamingResponse)
def export_audit_log(context: Context, principal: Reader, act: OfAct = None) -> StreamingResponse:
    """The whole log as CSV, newest first, safe to open in a spreadsheet. Owners and admins."""
    list_audit_log(context.database, principal, act=act, limit=1)  # refuses before the first byte
    return StreamingResponse(
        _lines(whole_audit_log(context.database, principal, act=act)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="carbonledger-audit-log.csv"'},
    )


def _lines(entries: Iterator[AuditEntry]) -> Iterator[bytes]:
    yield _line(_HEADER)
    for entry in entries:
        at = entry.at.isoformat().replace("+00:00", "Z")
        cells = (entry.actor, entry.actor_name, entry.act, entry.subject, entry.reason)
        yield _line([at, *(spreadsheet_text(cell or "") for cell in cells)])


def _line(cells: list[str] | tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
