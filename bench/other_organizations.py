"""Organizations that share the tables with the one that is asked about: an account and a few days of usage each.

They are made with one statement a table; a thousand calls of `fill` would take minutes.
"""

from datetime import datetime, timedelta

from psycopg.sql import SQL

from bench.usage_rows import MODELS
from core.database import Database

ROWS_EACH = 480
NAME = "Another"

_ORGANIZATIONS = """
insert into ops.organizations (name, created_at)
select %(name)s || ' ' || number, %(at)s from generate_series(1, %(count)s) as number
"""
_MADE = "(select id from ops.organizations where name like %(name)s || ' %%') as made"
_OF_EACH = (
    """
    insert into ops.projects (org_id, name, is_default, created_at) select id, 'Default', true, %(at)s from {made}
    """,
    """
    insert into ops.provider_accounts (org_id, provider, usage_endpoint, created_at)
    select id, 'openai', 'organization', %(at)s from {made}
    """,
    """
    insert into ops.connections (org_id, account_id, provider, label, secret_arn, created_at, history_from,
        last_daily_at, last_weekly_at, last_monthly_at)
    select org_id, accounts.id, 'openai', 'Bench', 'arn:bench:' || org_id, %(at)s, %(at)s, %(at)s, %(at)s, %(at)s
    from ops.provider_accounts as accounts join {made} on made.id = org_id
    """,
    """
    insert into ops.usage_streams (org_id, account_id, endpoint_family, endpoint, bucket_width, group_by_version,
        in_force)
    select org_id, accounts.id, 'completions', 'completions', '1h', 1, '(,)'
    from ops.provider_accounts as accounts join {made} on made.id = org_id
    """,
    """
    insert into ops.workloads (org_id, account_id, selector_kind, selector_value, project_id, in_force, created_at)
    select accounts.org_id, accounts.id, 'account', '(all)', projects.id, '(,)', %(at)s
    from ops.provider_accounts as accounts
    join ops.projects on projects.org_id = accounts.org_id and is_default
    join {made} on made.id = accounts.org_id
    """,
    """
    insert into raw.usage_observations (
        observation_id, org_id, account_id, poll_id, provider, endpoint_family, endpoint, bucket_width,
        group_by_version, usage_hash, revision, bucket_started_at, bucket_ended_at, model, provider_project_id,
        api_key_id, service_tier, is_batch, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens,
        cache_write_1h_tokens, output_tokens, requests, observed_at
    )
    select
        nextval('ops.arrivals'), org_id, accounts.id, 0, 'openai', 'completions', 'completions', '1h', 1,
        encode(sha256((accounts.id || ':' || number)::text::bytea), 'hex'), 1,
        %(first)s + make_interval(hours => (number / %(models)s)::integer),
        %(first)s + make_interval(hours => (number / %(models)s)::integer + 1),
        (%(names)s::text[])[1 + number %% %(models)s], 'proj_0', 'key_0', 'default', false,
        1000 + number, 100 + number, 0, 0, 10 + number, 1, %(first)s
    from ops.provider_accounts as accounts
    join {made} on made.id = org_id
    cross join generate_series(0, %(rows)s - 1) as number
    """,
)


def fill_others(database: Database, *, count: int, until: datetime) -> None:
    """`count` new organizations, each with ROWS_EACH usage rows of all models that end at `until`."""
    parameters = {
        "name": NAME,
        "count": count,
        "at": until - timedelta(days=60),
        "first": until - timedelta(hours=ROWS_EACH // len(MODELS)),
        "names": list(MODELS),
        "models": len(MODELS),
        "rows": ROWS_EACH,
    }
    with database.owner() as connection:
        for statement in (_ORGANIZATIONS, *_OF_EACH):
            connection.execute(SQL(statement).format(made=SQL(_MADE)), parameters)
