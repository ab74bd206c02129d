"""Fill an empty database with organizations whose paid month is over, as polls and Stripe's events would have left it.

An organization has one account, read whole, with a bucket in each hour of its month, and 26 to 230 kg of CO2e in it,
below the Starter tier's coverage.
"""

from datetime import UTC, datetime

from psycopg.sql import SQL

from billing.close import close_due
from billing.periods import reconcile_periods
from core.clock import FixedClock
from core.database import Database
from warehouse.build import build

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)
HOURS = 31 * 24

_ACCOUNTS = SQL("""
with organization as (
    insert into ops.organizations (name, tier, created_at)
    select 'Bench ' || number, 'starter', %(january)s from generate_series(1, %(organizations)s) as number
    returning id
), project as (
    insert into ops.projects (org_id, name, is_default, created_at)
    select id, 'Default', true, %(january)s from organization returning org_id, id
), account as (
    insert into ops.provider_accounts (org_id, provider, usage_endpoint, created_at)
    select id, 'openai', 'completions', %(january)s from organization returning org_id, id
), connection as (
    insert into ops.connections (
        org_id, account_id, provider, label, secret_arn, created_at, history_from, last_daily_at, last_weekly_at,
        last_monthly_at
    )
    select
        org_id, id, 'openai', 'Bench', 'arn:bench', %(january)s, %(january)s, %(january)s, %(january)s, %(january)s
    from account
), stream as (
    insert into ops.usage_streams (
        org_id, account_id, endpoint_family, endpoint, bucket_width, group_by_version, in_force
    )
    select org_id, id, 'completions', 'completions', '1h', 1, '(,)' from account
), coverage as (
    insert into ops.account_coverage (org_id, account_id, endpoint_family, known)
    select org_id, id, 'completions', '{(,)}' from account
)
insert into ops.workloads (org_id, account_id, selector_kind, selector_value, project_id, in_force, created_at)
select account.org_id, account.id, 'account', '(all)', project.id, '(,)', %(january)s
from account join project on project.org_id = account.org_id
""")

_PAID_JANUARY = SQL("""
with subscription as (
    insert into ops.subscriptions (
        stripe_subscription_id, org_id, status, tier, price_lookup_key, interval, started_at, current_span,
        cancels_at_period_end, is_collection_paused, fetched_at
    )
    select
        'sub_' || id, id, 'active', 'starter', 'carbonledger_starter_monthly', 'month', %(january)s,
        tstzrange(%(january)s, %(february)s), false, false, %(january)s
    from ops.organizations
), invoice as (
    insert into ops.invoices (
        stripe_invoice_id, org_id, stripe_subscription_id, billing_reason, status, currency, total_cents,
        amount_paid_cents, attempt_count, created_at, paid_at, fetched_at
    )
    select
        'in_' || id, id, 'sub_' || id, 'subscription_create', 'paid', 'usd', 2900, 2900, 1, %(january)s, %(january)s,
        %(january)s
    from ops.organizations
)
insert into ops.invoice_lines (
    stripe_invoice_id, stripe_line_id, org_id, stripe_subscription_id, price_lookup_key, span, is_proration,
    amount_cents
)
select
    'in_' || id, 'il_' || id, id, 'sub_' || id, 'carbonledger_starter_monthly', tstzrange(%(january)s, %(february)s),
    false, 2900
from ops.organizations
""")

_USAGE = SQL("""
insert into raw.usage_observations (
    observation_id, org_id, account_id, poll_id, provider, endpoint_family, endpoint, bucket_width, group_by_version,
    usage_hash, revision, bucket_started_at, bucket_ended_at, model, service_tier, is_batch, uncached_input_tokens,
    cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, requests, observed_at
)
select
    nextval('ops.arrivals'), org_id, id, 0, 'openai', 'completions', 'completions', '1h', 1,
    encode(sha256((id || ':' || hour)::text::bytea), 'hex'), 1,
    %(january)s + make_interval(hours => hour), %(january)s + make_interval(hours => hour + 1), 'gpt-4o', 'default',
    false, 0, 0, 0, 0, 120000 + (id * 7919 %% 967) * 1000 + hour, 1000, %(february)s
from ops.provider_accounts cross join generate_series(0, %(hours)s - 1) as hour
""")


def fill_with_due_periods(database: Database, *, organizations: int) -> None:
    """One open, paid period over January for each organization, its usage in the marts; free time before is waived."""
    clock = FixedClock(JANUARY)
    facts = {"january": JANUARY, "february": FEBRUARY, "organizations": organizations, "hours": HOURS}
    build(database, clock=clock)  # a period is pinned to a version of the factors, which the first build brings
    with database.owner() as connection:
        connection.execute(_ACCOUNTS, facts)
    with database.worker() as connection:
        connection.execute(_PAID_JANUARY, facts)
        for row in connection.execute("select id from ops.organizations order by id").fetchall():
            reconcile_periods(connection, org_id=row["id"], now=JANUARY)
    build(database, clock=clock)
    close_due(database, clock=clock, policy="oldest_vintage_first")
    with database.worker() as connection:
        connection.execute(_USAGE, facts)
        connection.execute("insert into ops.seen_models values ('openai', 'gpt-4o', %(january)s)", facts)
    with database.owner() as connection:
        connection.execute("analyze raw.usage_observations")
    build(database, clock=FixedClock(FEBRUARY))
