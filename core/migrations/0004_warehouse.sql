-- What the Python side of the warehouse knows: classes of models, and builds. Written by warehouse.
create table ops.model_classes (
    factor_version text not null,
    provider text not null,
    model text not null,
    normalized_name text not null,
    model_class text not null,
    alias_priority integer not null,
    alias_pattern text not null,
    confidence text not null,
    resolved_at timestamptz not null,
    primary key (factor_version, provider, model)
);

-- One row a build. A running build takes arrivals in (from_arrival_id, through_arrival_id].
create table ops.builds (
    id bigint generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz,
    state text not null check (state in ('running', 'succeeded', 'failed')),
    is_full_refresh boolean not null,
    from_arrival_id bigint not null,
    through_arrival_id bigint not null,
    factor_version text not null,
    factor_set_sha256 text not null,
    models_sha256 text not null,
    error text
);
create unique index builds_one_running on ops.builds (state) where state = 'running';

-- The days that a build redoes are found and read by this index; its expression is the text of the macro utc_date.
create index usage_observations_day
on raw.usage_observations (account_id, (cast(bucket_started_at at time zone 'UTC' as date)));

grant select on ops.builds to carbonledger_app;
grant select, insert, update on ops.model_classes, ops.builds to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_worker;

-- Ages for /health, past tenants and without anything of theirs: nulls where there is nothing (left) to do.
create function ops.activity()
returns table (
    last_poll_at timestamptz, first_connection_at timestamptz, last_build_at timestamptz, first_arrival_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select
        (select max(last_polled_at) from ops.connections),
        (select min(created_at) from ops.connections where status = 'active'),
        (select max(finished_at) from ops.builds where state = 'succeeded'),
        (select min(created_at) from ops.connections where status = 'active' and last_polled_at is not null)
$$;
revoke execute on function ops.activity() from public;
grant execute on function ops.activity() to carbonledger_app, carbonledger_worker;
