"""Which hours of each account were read whole, for the accounts of an organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.telemetry.names import read_names
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import EVERYTHING, UsageFilter
from core.database import Connection, Database
from ingestion.coverage import CoverageSpan, coverage_of_accounts


@dataclass(frozen=True, slots=True)
class AccountCoverage:
    """Of one provider account, named by its connection (the one in use, else the last)."""

    connection_id: int
    connection_label: str
    spans: Sequence[CoverageSpan]


def account_coverage(
    database: Database, org_id: int, *, span: TimeSpan, now: datetime, only: UsageFilter = EVERYTHING
) -> list[AccountCoverage]:
    """One entry an account, in the order of connecting; its spans fill the whole hours of `span` without a gap.

    Of a project: the accounts of which a part was mapped to it, or corrected to it, within the span. Coverage knows no
    models. Raises NotFoundError where the filter names what is not theirs.
    """
    with database.tenant(org_id) as connection:
        connections = read_names(connection).connections
        meant = sorted(_accounts(connection, only, span) & connections.keys())
        spans = coverage_of_accounts(connection, meant, start=span.start, end=span.end, now=now)
    return [AccountCoverage(*connections[account_id], spans[account_id]) for account_id in meant]


_ACCOUNTS = """
select account.id
from ops.provider_accounts account
where (%(provider)s::text is null or account.provider = %(provider)s)
    and (%(filter_account_id)s::bigint is null or account.id = %(filter_account_id)s)
    and (
        %(filter_project_id)s::bigint is null
        or exists (
            select 1 from ops.workloads workload
            where workload.account_id = account.id and workload.project_id = %(filter_project_id)s
                and workload.in_force && tstzrange(%(start)s, %(end)s)
        )
        or exists (
            select 1 from ops.usage_corrections correction
            where correction.account_id = account.id and correction.project_id = %(filter_project_id)s
                and correction.span && tstzrange(%(start)s, %(end)s) and correction.withdrawn_at is null
        )
    )
"""


def _accounts(connection: Connection, only: UsageFilter, span: TimeSpan) -> set[int]:
    _, known = only.conditions(connection)
    parameters = {"filter_account_id": None, "filter_project_id": None} | known
    parameters |= {"provider": only.provider, "start": span.start, "end": span.end}
    return {row["id"] for row in connection.execute(_ACCOUNTS, parameters).fetchall()}
