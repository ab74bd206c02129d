"""Which hours of a period were read, over all accounts of its organization together.

An hour is a hole if an account should have been read in it and was not: while a key was connected, or, where one still
is, at any time that the provider could tell of. It is known if some account was read whole in it and none has a hole.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg.types.multirange import Multirange

from core.database import Connection, fetch_one

# Buckets belong to a period by their start, so the period has the hours that start in it.
_COVERAGE = """
    with families as (
        select distinct account_id, endpoint_family from ops.usage_streams where org_id = %(org_id)s
    ), accounts as (
        select
            families.account_id,
            range_intersect_agg(coalesce(coverage.known, '{}')) as known,
            range_intersect_agg(coalesce(coverage.known + coverage.provider_has_none, '{}')) as read
        from families
        left join ops.account_coverage as coverage using (account_id, endpoint_family)
        group by families.account_id
    ), connected as (
        select
            account_id,
            range_agg(tstzrange(
                date_trunc('hour', created_at), date_trunc('hour', deleted_at + interval '1 hour - 1 microsecond')
            )) as spans,
            bool_or(deleted_at is null) as is_connected
        from ops.connections where org_id = %(org_id)s group by account_id
    ), of_accounts as (
        select
            accounts.known,
            connected.spans - accounts.known
            + case when connected.is_connected then '{(,)}' - accounts.read else '{}' end as missing
        from accounts join connected using (account_id)
    ), hours as (
        select tstzmultirange(tstzrange(
            date_trunc('hour', %(starts_at)s + interval '1 hour - 1 microsecond'),
            date_trunc('hour', %(ends_at)s + interval '1 hour - 1 microsecond')
        )) as all_hours
    ), together as (
        select
            coalesce((select range_agg(part) from of_accounts, unnest(known) as part), '{}') as known,
            coalesce((select range_agg(part) from of_accounts, unnest(missing) as part), '{}') as missing
    ), answer as (
        select all_hours * missing as holes, all_hours * known - missing as known from hours, together
    )
    select
        holes,
        (select coalesce(sum(extract(epoch from upper(part) - lower(part))), 0) from unnest(known) as part)::bigint
            / 3600 as known_hours,
        (select coalesce(sum(extract(epoch from upper(part) - lower(part))), 0) from unnest(holes) as part)::bigint
            / 3600 as missing_hours
    from answer
"""


@dataclass(frozen=True, slots=True)
class PeriodCoverage:
    """Hours, and the holes as spans of event time. What no account could know is in neither."""

    known_hours: int
    missing_hours: int
    holes: Multirange[datetime]


def coverage_of(connection: Connection, *, org_id: int, starts_at: datetime, ends_at: datetime) -> PeriodCoverage:
    """Of [starts_at, ends_at), as polls have written it."""
    row = fetch_one(connection, _COVERAGE, {"org_id": org_id, "starts_at": starts_at, "ends_at": ends_at})
    return PeriodCoverage(row["known_hours"], row["missing_hours"], row["holes"])
