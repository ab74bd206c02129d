"""What a poll must know of an account before it reads: its connection, streams, coverage and held reads at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.database import Connection
from ingestion.errors import ConnectionNotFoundError
from ingestion.spans import Span, Spans, from_multirange, merged
from ingestion.streams import StreamInterval, load_intervals
from ingestion.usage_row import ProviderName, StreamKind


class FamilyCoverage(NamedTuple):
    """Of one endpoint family: what was read whole, and what the provider did not have when it was asked."""

    known: Spans
    provider_has_none: Spans


class HeldRead(NamedTuple):
    """A suspect read that waits for a later one to say the same."""

    stream: StreamKind
    span: Span
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class AccountState:
    org_id: int
    account_id: int
    connection_id: int
    provider: ProviderName
    label: str
    status: str
    secret_arn: str
    usage_endpoint: str
    history_from: datetime
    intervals: tuple[StreamInterval, ...]
    coverage: Mapping[str, FamilyCoverage]
    held: tuple[HeldRead, ...]
    settling: Spans = ()
    """Billing periods that are about to close: read again whole, with the paid ones before them."""


def load_state(connection: Connection, connection_id: int) -> AccountState:
    """Raises ConnectionNotFoundError if the connection was deleted."""
    row = connection.execute(
        "select connection.org_id, connection.account_id, connection.provider, connection.label, connection.status,"
        " connection.secret_arn, connection.history_from, account.usage_endpoint"
        " from ops.connections connection join ops.provider_accounts account on account.id = connection.account_id"
        " where connection.id = %s and connection.deleted_at is null",
        [connection_id],
    ).fetchone()
    if row is None:
        raise ConnectionNotFoundError
    account_id = row["account_id"]
    return AccountState(
        org_id=row["org_id"],
        account_id=account_id,
        connection_id=connection_id,
        provider=ProviderName(row["provider"]),
        label=row["label"],
        status=row["status"],
        secret_arn=row["secret_arn"],
        usage_endpoint=row["usage_endpoint"],
        history_from=row["history_from"],
        intervals=tuple(load_intervals(connection, account_id)),
        coverage=load_coverage(connection, account_id),
        held=_load_held(connection, account_id),
        settling=_load_settling(connection, row["org_id"]),
    )


def load_coverage(connection: Connection, account_id: int) -> dict[str, FamilyCoverage]:
    return coverage_of(connection, [account_id])[account_id]


def coverage_of(connection: Connection, account_ids: Sequence[int]) -> dict[int, dict[str, FamilyCoverage]]:
    """Of each of the accounts its families' coverage, in one statement."""
    rows = connection.execute(
        "select account_id, endpoint_family, known, provider_has_none from ops.account_coverage"
        " where account_id = any(%s)",
        [list(account_ids)],
    ).fetchall()
    found: dict[int, dict[str, FamilyCoverage]] = {account_id: {} for account_id in account_ids}
    for row in rows:
        coverage = FamilyCoverage(from_multirange(row["known"]), from_multirange(row["provider_has_none"]))
        found[row["account_id"]][row["endpoint_family"]] = coverage
    return found


def _load_held(connection: Connection, account_id: int) -> tuple[HeldRead, ...]:
    rows = connection.execute(
        "select endpoint_family, endpoint, bucket_width, group_by_version, window_started_at, window_ended_at,"
        " first_seen_at from raw.suspect_reads where account_id = %s order by window_started_at, window_ended_at",
        [account_id],
    ).fetchall()
    return tuple(
        HeldRead(
            StreamKind(row["endpoint_family"], row["endpoint"], row["bucket_width"], row["group_by_version"]),
            Span(row["window_started_at"], row["window_ended_at"]),
            row["first_seen_at"],
        )
        for row in rows
    )


def _load_settling(connection: Connection, org_id: int) -> Spans:
    """What ended is read again until it freezes: a close states what the provider says 48 hours after the end. The
    one before it gives the prior-period adjustments that the close carries.
    """
    rows = connection.execute(
        "select lower(period.span) as starts_at, upper(period.span) as ends_at from ops.billing_periods as period"
        " where period.org_id = %s and period.funding = 'paid' and exists ("
        " select from ops.billing_periods as ended where ended.org_id = period.org_id"
        " and ended.state in ('awaiting_payment', 'reconciling')"
        " and (ended.id = period.id or ended.span -|- period.span and ended.span >> period.span))",
        [org_id],
    ).fetchall()
    return merged(Span(row["starts_at"], row["ends_at"]) for row in rows)
