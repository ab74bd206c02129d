"""Which spans of event time were read whole, account by account. Holes in them are no zeros."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.types.multirange import Multirange

from budgets.month import DAY, midnight
from core.database import Connection

# An account whose keys are all gone is only asked for the time in which one was there; a key that is there, working or
# not, can read all of time.
_SETTLED = """
select account.id as account_id, (
    select coalesce(range_intersect_agg(coalesce(coverage.known, '{}')), '{}')
    from (select distinct endpoint_family from ops.usage_streams where account_id = account.id) family
    left join ops.account_coverage coverage
        on coverage.account_id = account.id and coverage.endpoint_family = family.endpoint_family
) + (
    select case when bool_or(deleted_at is null) then '{}'::tstzmultirange
        else '{(,)}'::tstzmultirange - coalesce(range_agg(tstzrange(
            date_trunc('hour', created_at, 'UTC'),
            date_trunc('hour', deleted_at + interval '1 hour' - interval '1 microsecond', 'UTC')
        )), '{}') end
    from ops.connections where account_id = account.id
) as settled
from ops.provider_accounts account where account.org_id = %s order by account.id
"""
_ROUTED = """
select project_id, account_id from ops.workloads where org_id = %(org_id)s and in_force && %(span)s
union
select project_id, account_id from ops.usage_corrections
where org_id = %(org_id)s and withdrawn_at is null and span && %(span)s
"""


@dataclass(frozen=True, slots=True)
class WholeReads:
    """`settled`: of each account what was read whole, or needs no reading; nothing that is not over at `until`."""

    settled: Mapping[int, Multirange[datetime]]
    until: datetime

    def accounts(self, start: datetime, end: datetime) -> set[int]:
        """Those that were read whole over [start, end)."""
        return {account for account in self.settled if self._is_whole(account, start, end)}

    def is_complete(self, day: date, accounts: set[int]) -> bool:
        """Whether all of these accounts were read whole for the day; of no account nothing is known."""
        start = midnight(day)
        return bool(accounts) and all(self._is_whole(account, start, start + DAY) for account in accounts)

    def _is_whole(self, account_id: int, start: datetime, end: datetime) -> bool:
        return end <= self.until and any(
            (part.lower is None or part.lower <= start) and (part.upper is None or part.upper >= end)
            for part in self.settled[account_id]
        )


def read_whole_reads(connection: Connection, org_id: int, *, until: datetime) -> WholeReads:
    """`until`: when the build began that the numbers come from; what was over by then, it may have seen."""
    rows = connection.execute(_SETTLED, [org_id]).fetchall()
    return WholeReads({row["account_id"]: row["settled"] for row in rows}, until)


def accounts_of_projects(connection: Connection, org_id: int, *, start: date, end: date) -> Mapping[int, set[int]]:
    """Project -> the accounts of which a part was mapped to it, or corrected to it, on the days [start, end)."""
    span = f"[{midnight(start).isoformat()},{midnight(end).isoformat()})"
    found: dict[int, set[int]] = {}
    for row in connection.execute(_ROUTED, {"org_id": org_id, "span": span}).fetchall():
        found.setdefault(row["project_id"], set()).add(row["account_id"])
    return found
