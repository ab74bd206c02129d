"""/v1/connections: keys to provider accounts."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.accounts.principal import Principal
from app.api.connection_bodies import (
    ConnectionBody,
    ConnectionChange,
    ConnectionPage,
    NewConnection,
    RereadDays,
    connection_body,
)
from app.api.cursors import Cursor, Limit, page_of
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from app.api.public_ids import key_or_not_found
from core.ids import database_key
from ingestion import connections
from ingestion.connect import checked_label
from ingestion.errors import UnknownProjectError
from ingestion.rereads import request_reread
from ingestion.sync_requests import request_sync

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=IdempotentRoute)

Reader = Annotated[Principal, allowed("connections:read")]
Writer = Annotated[Principal, allowed("connections:write")]


@router.post("", status_code=201)
def create_connection(
    new: NewConnection, context: Context, principal: Writer, now: Now, response: Response
) -> ConnectionBody:
    """Connect a provider account: the key is checked against the provider's usage API, stored, and a sync is queued."""
    view = connections.connect(
        context.database,
        context.providers,
        context.secrets,
        org_id=principal.org_id,
        provider=new.provider,
        api_key=new.api_key,
        label=new.label,
        project_id=_project_key(new.project_id),
        now=now,
        actor=principal.actor,
    )
    body = connection_body(view, public_url=context.settings.public_url, now=now)
    response.headers["Location"] = f"/v1/connections/{body.id}"
    return body


@router.get("")
def list_connections(
    request: Request, context: Context, principal: Reader, now: Now, limit: Limit = 100, after: Cursor = None
) -> ConnectionPage:
    """The organization's connections, oldest first."""
    views = connections.list_connections(context.database, principal.org_id)
    shown, next_cursor = page_of(views, request, limit=limit, after=after, key=lambda view: view.id)
    return ConnectionPage(
        data=[connection_body(view, public_url=context.settings.public_url, now=now) for view in shown],
        next_cursor=next_cursor,
    )


@router.get("/{connection_id}")
def get_connection(connection_id: str, context: Context, principal: Reader, now: Now) -> ConnectionBody:
    """One connection, with the progress of its newest sync."""
    view = connections.get_connection(context.database, principal.org_id, key_or_not_found("conn", connection_id))
    return connection_body(view, public_url=context.settings.public_url, now=now)


@router.patch("/{connection_id}")
def change_connection(
    connection_id: str, change: ConnectionChange, context: Context, principal: Writer, now: Now
) -> ConnectionBody:
    """Rename it, re-authenticate it with a new key of the same account, or choose the usage API to read."""
    key = key_or_not_found("conn", connection_id)
    if change.label is not None:
        checked_label(change.label)  # before anything else is changed
    if change.api_key is not None:
        connections.reauthenticate(
            context.database,
            context.providers,
            context.secrets,
            org_id=principal.org_id,
            connection_id=key,
            api_key=change.api_key,
            now=now,
            actor=principal.actor,
        )
    if change.usage_endpoint is not None:
        connections.change_endpoint(
            context.database,
            context.providers,
            context.secrets,
            org_id=principal.org_id,
            connection_id=key,
            usage_endpoint=change.usage_endpoint,
            now=now,
            actor=principal.actor,
        )
    if change.label is not None:
        connections.rename(
            context.database,
            org_id=principal.org_id,
            connection_id=key,
            label=change.label,
            now=now,
            actor=principal.actor,
        )
    view = connections.get_connection(context.database, principal.org_id, key)
    return connection_body(view, public_url=context.settings.public_url, now=now)


@router.delete("/{connection_id}", status_code=204)
def delete_connection(connection_id: str, context: Context, principal: Writer) -> None:
    """Poll once more, then delete the key; the history stays."""
    connections.delete(
        context.database,
        context.providers,
        context.secrets,
        context.clock,
        org_id=principal.org_id,
        connection_id=key_or_not_found("conn", connection_id),
        actor=principal.actor,
    )


@router.post("/{connection_id}/sync", status_code=202)
def sync_connection(connection_id: str, context: Context, principal: Writer, now: Now) -> ConnectionBody:
    """Poll now and bring the numbers up to date; `sync` of the connection shows how far it is."""
    key = key_or_not_found("conn", connection_id)
    request_sync(context.database, org_id=principal.org_id, connection_id=key, now=now, actor=principal.actor)
    view = connections.get_connection(context.database, principal.org_id, key)
    return connection_body(view, public_url=context.settings.public_url, now=now)


@router.post("/{connection_id}/reread", status_code=202)
def reread_connection(
    connection_id: str, days: RereadDays, context: Context, principal: Writer, now: Now
) -> ConnectionBody:
    """Read days again whole: their hours count as missing until that is done; `sync` of the connection shows how far.

    For a day that differs from what the provider says, or one that you know was incomplete. Nothing is lost meanwhile.
    """
    key = key_or_not_found("conn", connection_id)
    request_reread(
        context.database,
        org_id=principal.org_id,
        connection_id=key,
        first=days.first_day,
        last=days.last_day,
        now=now,
        actor=principal.actor,
    )
    view = connections.get_connection(context.database, principal.org_id, key)
    return connection_body(view, public_url=context.settings.public_url, now=now)


def _project_key(public: str | None) -> int | None:
    if public is None:
        return None
    key = database_key("proj", public)
    if key is None:
        raise UnknownProjectError
    return key
