"""/v1/connections/{id}/mapping: which project each part of an account's usage belongs to, and from when."""

from typing import Annotated

from fastapi import APIRouter

from app.accounts.principal import Principal
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from app.api.mapping_bodies import MappingBody, NewMapping, PlannedMapping
from app.api.mapping_figures import PreviewBody, SeenSelectorList
from app.api.public_ids import key_or_not_found
from app.api.telemetry_parameters import Span
from app.telemetry.mapping_preview import preview_mapping
from app.telemetry.seen_selectors import seen_selectors
from ingestion import mapping

router = APIRouter(prefix="/v1/connections/{connection_id}", tags=["mapping"], route_class=IdempotentRoute)

Reader = Annotated[Principal, allowed("projects:read")]
Writer = Annotated[Principal, allowed("projects:write")]


@router.get("/mapping")
def get_mapping(connection_id: str, context: Context, principal: Reader, now: Now) -> MappingBody:
    """Every workload of the connection's account: in force, planned, and past."""
    key = key_or_not_found("conn", connection_id)
    return MappingBody.of(mapping.read_mapping(context.database, principal.org_id, key), now)


@router.post("/mapping")
def change_mapping(connection_id: str, new: NewMapping, context: Context, principal: Writer, now: Now) -> MappingBody:
    """Send usage elsewhere from now or a later instant on. A usage bucket belongs to the workload in force at its
    start, so history stays, and so does the bucket that the instant lies in. Refused whole (409) if the mapping is not
    the one that the changes were decided on."""
    view = mapping.change_mapping(
        context.database,
        org_id=principal.org_id,
        connection_id=key_or_not_found("conn", connection_id),
        version=new.version,
        changes=new.parsed(),
        effective_at=new.instant(),
        actor=principal.actor,
        now=now,
    )
    return MappingBody.of(view, now)


@router.post("/mapping/preview")
def preview_mapping_change(
    connection_id: str, planned: PlannedMapping, context: Context, principal: Reader, span: Span, now: Now
) -> PreviewBody:
    """What would go where: the span's usage as the mapping routes it, and as the changes would. Nothing is written."""
    key = key_or_not_found("conn", connection_id)
    instant = planned.instant() or now
    mapping.check_instant(instant, now=now)
    preview = preview_mapping(context.database, principal.org_id, key, planned.parsed(), span=span, at=instant)
    return PreviewBody.of(preview, start=span.start, end=span.end)


@router.get("/selectors")
def list_selectors(connection_id: str, context: Context, principal: Reader, span: Span, now: Now) -> SeenSelectorList:
    """The provider's projects or workspaces and keys that were seen, with their share of the span's usage."""
    key = key_or_not_found("conn", connection_id)
    return SeenSelectorList.of(seen_selectors(context.database, principal.org_id, key, span=span, now=now), span)
