"""Fill an empty, migrated database with made-up usage: hourly buckets of one OpenAI account, set-wise, in seconds.

Rows look like what the poller stores: one observation a bucket, models × projects × keys, a year at most. One bucket in
fifty is seen twice (a revision), as late usage does in life.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg.sql import SQL

from core.database import Connection, Database, fetch_one
from ingestion.projects import create_default_project

STARTS_AT = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = ("gpt-5", "gpt-5-mini", "gpt-4o-mini", "gpt-5.5", "o3", "gpt-4.1", "gpt-5-nano", "text-embedding-3-large")
REVISED_ONE_IN = 50


@dataclass(frozen=True, slots=True)
class Shape:
    """Every hour from `starts_at` on has a bucket of each model, provider project and key."""

    starts_at: datetime = STARTS_AT
    project_ids: int = 25
    keys_a_project: int = 4

    @property
    def rows_an_hour(self) -> int:
        return len(MODELS) * self.project_ids * self.keys_a_project

    @classmethod
    def until(cls, end: datetime, *, rows: int, project_ids: int) -> "Shape":
        """One key a project, and the last bucket in the hour before `end`."""
        shape = cls(project_ids=project_ids, keys_a_project=1)
        hours = -(-rows // shape.rows_an_hour)
        return cls(end - timedelta(hours=hours), project_ids, 1)


YEAR = Shape()

_INSERT = SQL("""
insert into raw.usage_observations (
    observation_id, org_id, account_id, poll_id, provider, endpoint_family, endpoint, bucket_width, group_by_version,
    usage_hash, revision, bucket_started_at, bucket_ended_at, model, provider_project_id, api_key_id, service_tier,
    is_batch, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
    requests, observed_at
)
select
    nextval('ops.arrivals'), %(org_id)s, %(account_id)s, 0, 'openai', 'completions', 'completions', '1h', 1,
    encode(sha256((%(account_id)s || ':' || row_number)::text::bytea), 'hex'), revision,
    %(starts_at)s + make_interval(hours => (row_number / %(an_hour)s)::integer),
    %(starts_at)s + make_interval(hours => (row_number / %(an_hour)s)::integer + 1),
    (%(models)s::text[])[1 + row_number %% %(model_count)s],
    'proj_' || (row_number / %(model_count)s) %% %(project_ids)s,
    'key_' || (row_number / (%(model_count)s * %(project_ids)s)) %% %(keys)s,
    'default', false,
    1000 + row_number %% 90001 + revision, row_number %% 70001, row_number %% 5003, 0, 100 + row_number %% 9001,
    1 + row_number %% 97, %(starts_at)s
from generate_series(%(first)s::bigint, %(last)s::bigint) as row_number
cross join lateral generate_series(1, case when row_number %% %(revised)s = 0 then 2 else 1 end) as revision
""")


def fill(database: Database, *, org_id: int, rows: int, shape: Shape = YEAR) -> int:
    """Store `rows` buckets (and their revisions) for a new account of the organization, in its default project.

    The account's id.
    """
    with database.worker() as connection:
        account_id = _account(connection, org_id)
    for first in range(0, rows, 500_000):
        with database.worker() as connection:
            connection.execute(_INSERT, _parameters(org_id, account_id, shape, first, min(first + 500_000, rows) - 1))
    with database.worker() as connection:
        connection.execute(
            "insert into ops.seen_models (provider, model, first_seen_at)"
            " select 'openai', unnest(%s::text[]), %s on conflict do nothing",
            [list(MODELS), STARTS_AT],
        )
    with database.owner() as connection:
        connection.execute("analyze raw.usage_observations")
    return account_id


def an_organization(database: Database) -> int:
    """The id of a new organization with a default project."""
    with database.owner() as connection:
        org_id: int = fetch_one(
            connection,
            "insert into ops.organizations (name, created_at) values ('Bench', %s) returning id",
            [STARTS_AT],
        )["id"]
        create_default_project(connection, org_id, STARTS_AT)
    return org_id


def _parameters(org_id: int, account_id: int, shape: Shape, first: int, last: int) -> dict[str, object]:
    return {
        "org_id": org_id,
        "account_id": account_id,
        "starts_at": shape.starts_at,
        "an_hour": shape.rows_an_hour,
        "models": list(MODELS),
        "model_count": len(MODELS),
        "project_ids": shape.project_ids,
        "keys": shape.keys_a_project,
        "revised": REVISED_ONE_IN,
        "first": first,
        "last": last,
    }


def _account(connection: Connection, org_id: int) -> int:
    """A connected account with its stream, all of whose usage is routed to the default project."""
    account_id: int = fetch_one(
        connection,
        "insert into ops.provider_accounts (org_id, provider, usage_endpoint, created_at)"
        " values (%s, 'openai', 'organization', %s) returning id",
        [org_id, STARTS_AT],
    )["id"]
    connection.execute(
        "insert into ops.connections (org_id, account_id, provider, label, secret_arn, created_at, history_from,"
        " last_daily_at, last_weekly_at, last_monthly_at)"
        " values (%(org)s, %(account)s, 'openai', 'Bench', 'arn:bench', %(at)s, %(at)s, %(at)s, %(at)s, %(at)s)",
        {"org": org_id, "account": account_id, "at": STARTS_AT},
    )
    connection.execute(
        "insert into ops.usage_streams (org_id, account_id, endpoint_family, endpoint, bucket_width, group_by_version,"
        " in_force) values (%s, %s, 'completions', 'completions', '1h', 1, '(,)')",
        [org_id, account_id],
    )
    connection.execute(
        "insert into ops.workloads"
        " (org_id, account_id, selector_kind, selector_value, project_id, in_force, created_at)"
        " select org_id, %s, 'account', '(all)', id, '(,)', %s from ops.projects where org_id = %s and is_default",
        [account_id, STARTS_AT, org_id],
    )
    return account_id
