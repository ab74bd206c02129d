"""/v1/telemetry/revisions: what providers changed of usage after it was first read."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.api.cursors import Cursor, InvalidCursorError, Limit, cursor, place_of
from app.api.dependencies import Context
from app.api.revision_answers import RevisionPageBody, revision_page_body
from app.api.telemetry_parameters import OnlyConnection, OnlyModel, OnlyProvider, Reader, Span, usage_filter
from app.telemetry.revisions import Position, revision_page
from app.telemetry.usage_filter import UsageFilter

router = APIRouter(prefix="/v1/telemetry", tags=["telemetry"])


async def _whatever_project(
    provider: OnlyProvider = None, model: OnlyModel = None, connection_id: OnlyConnection = None
) -> UsageFilter:
    """A revision is of a bucket, whatever it counts for."""
    return await usage_filter(provider, model, None, connection_id)


@router.get("/revisions")
def list_revisions(
    request: Request,
    context: Context,
    principal: Reader,
    span: Span,
    only: Annotated[UsageFilter, Depends(_whatever_project)],
    limit: Limit = 100,
    after: Cursor = None,
) -> RevisionPageBody:
    """What providers changed of usage after it was first read, one row a change, what was seen last first.

    The span is of when the change was seen, not of when the usage was. Names and grams are today's.
    """
    position = None if after is None else _position(place_of(request, after, parts=2))
    page = revision_page(context.database, principal.org_id, seen=span, limit=limit, after=position, only=only)
    following = page.next_after
    next_cursor = following and cursor(request, [following.seen_at.isoformat(), str(following.observation_id)])
    return revision_page_body(page, span, next_cursor=next_cursor or None)


def _position(place: list[str]) -> Position:
    seen_at, observation_id = place
    if not re.fullmatch("[0-9]{1,18}", observation_id):
        raise InvalidCursorError
    try:
        found = datetime.fromisoformat(seen_at)
    except ValueError:
        raise InvalidCursorError from None
    if found.tzinfo is None:
        raise InvalidCursorError
    return Position(found, int(observation_id))
