"""The mapping of a connection: which project each part of its account's usage belongs to, and from when.

read_mapping → the person decides → change_mapping with the version that was read. Everything of one change is in one
transaction: workloads, the version (compare-and-set), the audit row, and the touch, last.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from core.audit import audit
from core.clock import floor_to_day, floor_to_hour
from core.database import Connection, Database
from core.ids import public_id
from ingestion.arrivals import touch_usage
from ingestion.checked_selector import checked_selector
from ingestion.errors import (
    ConnectionNotFoundError,
    EffectiveInThePastError,
    InvalidMappingError,
    MappingChangedError,
)
from ingestion.projects import lock_open_projects
from ingestion.usage_row import ProviderName
from ingestion.workloads import WHOLE_ACCOUNT, Selector, map_selector

__all__ = [
    "WHOLE_ACCOUNT",
    "MappingChange",
    "MappingView",
    "Selector",
    "WorkloadView",
    "change_mapping",
    "check_changes",
    "check_instant",
    "counts_from",
    "read_mapping",
]

FURTHEST_AHEAD = timedelta(days=3660)
"""Of a planned change; a calendar has an end."""

_MOST_SPECIFIC_LAST = ("account", "project", "api_key")


class WorkloadView(NamedTuple):
    """In force over [starts_at, ends_at); None is open on that side."""

    id: int
    selector: Selector
    project_id: int
    project_name: str
    starts_at: datetime | None
    ends_at: datetime | None

    def is_in_force_at(self, instant: datetime) -> bool:
        has_begun = self.starts_at is None or self.starts_at <= instant
        return has_begun and (self.ends_at is None or instant < self.ends_at)


class MappingView(NamedTuple):
    """`counts_from_day`: the account's buckets are a day wide, so a change counts from the next UTC midnight on.

    `workloads`: those in force now or later first, then history, the latest first.
    """

    connection_id: int
    account_id: int
    provider: ProviderName
    version: int
    counts_from_day: bool
    workloads: tuple[WorkloadView, ...]

    def in_force_at(self, instant: datetime) -> tuple[WorkloadView, ...]:
        """One workload a selector: the whole account first, then provider projects, then keys, each by value."""
        found = [workload for workload in self.workloads if workload.is_in_force_at(instant)]
        found.sort(key=lambda each: (_MOST_SPECIFIC_LAST.index(each.selector.kind), each.selector.value))
        return tuple(found)


class MappingChange(NamedTuple):
    """`project_id` None: the selector goes away, and its usage falls to the next less specific one."""

    selector: Selector
    project_id: int | None


def read_mapping(database: Database, org_id: int, connection_id: int) -> MappingView:
    """Raises ConnectionNotFoundError, also for another organization's connection."""
    with database.tenant(org_id) as connection:
        return _view(connection, org_id, connection_id)


def change_mapping(
    database: Database,
    *,
    org_id: int,
    connection_id: int,
    version: int,
    changes: Sequence[MappingChange],
    effective_at: datetime | None,
    actor: str,
    now: datetime,
) -> MappingView:
    """The mapping after the changes, all of which take effect at `effective_at` (None: now), to the microsecond.

    Raises ConnectionNotFoundError, InvalidSelectorError, InvalidMappingError, EffectiveInThePastError,
    UnknownProjectError and ProjectArchivedError for what cannot be, and MappingChangedError if `version` is not the
    mapping's any more; nothing is written then.
    """
    instant = now if effective_at is None else effective_at
    check_instant(instant, now=now)
    with database.tenant(org_id) as connection:
        before = _view(connection, org_id, connection_id)
        check_changes(changes, before.provider)
        # Projects before accounts: archiving locks them in this order too.
        lock_open_projects(
            connection, org_id, {change.project_id for change in changes if change.project_id is not None}
        )
        _advance(connection, before.account_id, version)
        for change in changes:
            days = map_selector(
                connection,
                org_id=org_id,
                account_id=before.account_id,
                selector=change.selector,
                project_id=change.project_id,
                effective_at=instant,
                created_by=actor,
                now=now,
            )
        audit(
            connection,
            org_id,
            actor=actor,
            act="mapping.changed",
            subject=public_id("conn", connection_id),
            now=now,
            reason=_in_words(changes, instant),
        )
        touch_usage(
            connection, org_id=org_id, account_id=before.account_id, days=days, cause="mapping-changed", now=now
        )
        return _view(connection, org_id, connection_id)


def counts_from(view: MappingView, effective_at: datetime) -> datetime:
    """The start of the first bucket that a change at `effective_at` moves: the next UTC midnight or hour, or itself."""
    floor, width = (floor_to_day, timedelta(days=1)) if view.counts_from_day else (floor_to_hour, timedelta(hours=1))
    start = floor(effective_at)
    return start if start == effective_at else start + width


def check_instant(effective_at: datetime, *, now: datetime) -> None:
    """Raises EffectiveInThePastError, and InvalidMappingError for an instant more than FURTHEST_AHEAD away."""
    if effective_at < now:
        raise EffectiveInThePastError
    if effective_at > now + FURTHEST_AHEAD:
        raise InvalidMappingError("A change is planned ten years ahead at most.")


def check_changes(changes: Sequence[MappingChange], provider: ProviderName) -> None:
    """Raises InvalidMappingError and InvalidSelectorError for what no mapping of this provider can be changed to."""
    if not changes:
        raise InvalidMappingError("Send at least one change.")
    selectors = [checked_selector(change.selector, provider) for change in changes]
    if len(set(selectors)) < len(selectors):
        raise InvalidMappingError("Each selector can change once. One of them comes twice.")
    if MappingChange(WHOLE_ACCOUNT, None) in changes:
        raise InvalidMappingError("The whole account always belongs to a project. Map it to another one instead.")


def _advance(connection: Connection, account_id: int, version: int) -> None:
    updated = connection.execute(
        "update ops.provider_accounts set mapping_version = mapping_version + 1 where id = %s and mapping_version = %s",
        [account_id, version],
    )
    if updated.rowcount == 0:
        raise MappingChangedError


def _in_words(changes: Sequence[MappingChange], effective_at: datetime) -> str:
    moves = [
        f"{change.selector.kind} {change.selector.value} → "
        + ("no project of its own" if change.project_id is None else public_id("proj", change.project_id))
        for change in changes
    ]
    return f"from {effective_at.isoformat()}: {'; '.join(moves)}"


def _view(connection: Connection, org_id: int, connection_id: int) -> MappingView:
    head = connection.execute(
        "select account.id, account.provider, account.mapping_version, exists ("
        "   select 1 from ops.usage_streams stream where stream.account_id = account.id"
        "   and stream.bucket_width = '1d' and upper_inf(stream.in_force)"
        " ) as counts_from_day"
        " from ops.connections connection join ops.provider_accounts account on account.id = connection.account_id"
        " where connection.org_id = %s and connection.id = %s and connection.deleted_at is null",
        [org_id, connection_id],
    ).fetchone()
    if head is None:
        raise ConnectionNotFoundError
    rows = connection.execute(
        "select workload.id, selector_kind, selector_value, project_id, project.name as project_name,"
        " lower(in_force) as starts_at, upper(in_force) as ends_at"
        " from ops.workloads workload join ops.projects project on project.id = workload.project_id"
        " where account_id = %s"
        " order by upper(in_force) desc nulls first, lower(in_force) desc nulls last, selector_kind, selector_value",
        [head["id"]],
    ).fetchall()
    return MappingView(
        connection_id=connection_id,
        account_id=head["id"],
        provider=ProviderName(head["provider"]),
        version=head["mapping_version"],
        counts_from_day=head["counts_from_day"],
        workloads=tuple(
            WorkloadView(
                id=row["id"],
                selector=Selector(row["selector_kind"], row["selector_value"]),
                project_id=row["project_id"],
                project_name=row["project_name"],
                starts_at=row["starts_at"],
                ends_at=row["ends_at"],
            )
            for row in rows
        ),
    )
