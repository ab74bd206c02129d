"""/v1/billing/periods: each period with what it measured and covered, and how it got there. People only."""

from typing import Annotated

from fastapi import APIRouter, Request

from app.accounts.principal import Principal
from app.api.billing_period_bodies import LineBody, PeriodBody, PeriodDetailBody, PeriodPage
from app.api.cursors import Cursor, Limit, page_of
from app.api.dependencies import Context, allowed
from app.api.public_ids import key_or_not_found
from app.billing import periods
from app.billing.periods import PeriodView

router = APIRouter(prefix="/v1/billing/periods", tags=["billing"])

Reader = Annotated[Principal, allowed("billing:read")]


@router.get("")
def list_periods(
    request: Request, context: Context, principal: Reader, limit: Limit = 100, after: Cursor = None
) -> PeriodPage:
    """All time in order: the months of a plan, and the free time before, between and after."""
    views = periods.list_periods(context.database, principal.org_id)
    shown, next_cursor = page_of(views, request, limit=limit, after=after, key=_place)
    left_over = periods.after_final_close(context.database, principal.org_id)
    return PeriodPage(
        data=[PeriodBody.of(view) for view in shown],
        after_final_close=[LineBody.of(line) for line in left_over],
        next_cursor=next_cursor,
    )


@router.get("/{period_id}")
def get_period(period_id: str, context: Context, principal: Reader) -> PeriodDetailBody:
    """One period with its lines, the adjustments that it carries, its coverage by data, and its history."""
    key = key_or_not_found("period", period_id)
    return PeriodDetailBody.of(periods.period_detail(context.database, principal.org_id, key))


def _place(view: PeriodView) -> int:
    """Starts order the list; only the first period has none."""
    return 0 if view.started_at is None else int(view.started_at.timestamp())
