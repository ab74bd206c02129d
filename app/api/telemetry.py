"""/v1/telemetry: what was used, what it emitted, and how far that is known."""

import re
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from app.api.accuracy_answers import AccuracyBody, accuracy_body
from app.api.coverage_answers import CoverageBody, coverage_body
from app.api.cursors import Cursor, InvalidCursorError, Limit, cursor, place_of
from app.api.dependencies import Context, Now
from app.api.kept_answers import summary_response
from app.api.telemetry_answers import SummaryBody
from app.api.telemetry_parameters import Arranged, Only, OnlyAccounts, Reader, Span
from app.api.usage_answers import UsagePageBody, usage_page_body
from app.telemetry.accuracy import accuracy
from app.telemetry.coverage import account_coverage
from app.telemetry.usage import Position, usage_page

router = APIRouter(prefix="/v1/telemetry", tags=["telemetry"])


@router.get("/summary", response_model=SummaryBody)
def read_summary(request: Request, principal: Reader, span: Span, only: Only, arranged: Arranged) -> Response:
    """Totals over a span, and one row for each combination of the dimensions asked for."""
    group_by, sort = arranged
    return summary_response(request, principal.org_id, span=span, group_by=group_by, only=only, sort=sort)


@router.get("/usage", response_model=UsagePageBody)
def list_usage(
    request: Request,
    context: Context,
    principal: Reader,
    span: Span,
    only: Only,
    limit: Limit = 100,
    after: Cursor = None,
) -> Response:
    """Usage buckets that start in the span, oldest first, one row each; also those that totals leave out."""
    position = None if after is None else _position(place_of(request, after, parts=2))
    page = usage_page(context.database, principal.org_id, span=span, limit=limit, after=position, only=only)
    following = page.next_after
    next_cursor = following and cursor(request, [following.bucket_started_at.isoformat(), following.usage_hash])
    body = usage_page_body(page, span, next_cursor=next_cursor or None)
    return Response(to_json(body), media_type="application/json")


@router.get("/coverage")
def read_coverage(context: Context, principal: Reader, span: Span, now: Now, only: OnlyAccounts) -> CoverageBody:
    """For each provider account which hours were read whole, and why the others were not.

    Of a project: the accounts of which a part belonged to it within the span.
    """
    return coverage_body(account_coverage(context.database, principal.org_id, span=span, now=now, only=only), span)


@router.get("/accuracy")
def read_accuracy(context: Context, principal: Reader, now: Now) -> AccuracyBody:
    """What was counted of the last 30 closed days, beside what each provider says of the whole of them."""
    return accuracy_body(accuracy(context.database, principal.org_id, now=now))


def _position(place: list[str]) -> Position:
    started_at, usage_hash = place
    if not re.fullmatch("[0-9a-f]{64}", usage_hash):
        raise InvalidCursorError
    try:
        return Position(datetime.fromisoformat(started_at), usage_hash)
    except ValueError:
        raise InvalidCursorError from None
