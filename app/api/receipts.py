"""/v1/receipts: what an organization's receipts state and how far each has come. Their files: receipt_files.py."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.accounts.principal import Principal
from app.api.cursors import Cursor, Limit, page_of
from app.api.dependencies import Context, allowed
from app.api.public_ids import key_or_not_found
from app.api.receipt_bodies import ReceiptBody, ReceiptPage
from app.receipts.records import ReceiptState, find_receipt, list_receipts

router = APIRouter(prefix="/v1/receipts", tags=["receipts"])

Reader = Annotated[Principal, allowed("receipts:read")]
OfPeriod = Annotated[str | None, Query(alias="period_id", description="Only those of this period, replaced ones too.")]
InState = Annotated[ReceiptState | None, Query(alias="state", description="Only those in this state.")]


@router.get("")
def read_receipts(
    request: Request,
    context: Context,
    principal: Reader,
    of_period: OfPeriod = None,
    in_state: InState = None,
    limit: Limit = 100,
    after: Cursor = None,
) -> ReceiptPage:
    """In the order in which they were begun: one for each closed paid period, and those that replace a voided one."""
    period_id = None if of_period is None else key_or_not_found("period", of_period)
    views = list_receipts(context.database, principal.org_id, period_id=period_id, state=in_state)
    shown, next_cursor = page_of(views, request, limit=limit, after=after, key=lambda view: view.id)
    public_url = context.settings.public_url
    return ReceiptPage(data=[ReceiptBody.of(view, public_url=public_url) for view in shown], next_cursor=next_cursor)


@router.get("/{serial}")
def read_receipt(serial: str, context: Context, principal: Reader) -> ReceiptBody:
    """One receipt. What was signed, to the byte, is its `.json`."""
    view = find_receipt(context.database, principal.org_id, serial)
    return ReceiptBody.of(view, public_url=context.settings.public_url)
