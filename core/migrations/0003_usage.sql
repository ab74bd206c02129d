-- Accounts at providers, keys to them, projects, workloads, and what was seen of usage. Written by ingestion.
create sequence ops.arrivals;

create table ops.projects (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    name text not null check (char_length(name) between 1 and 80 and name !~ '[[:cntrl:]]'),
    is_default boolean not null default false,
    created_at timestamptz not null,
    archived_at timestamptz,
    version integer not null default 1,
    unique (org_id, id),
    unique (org_id, name),
    check (not (is_default and archived_at is not null))
);
create unique index projects_one_default on ops.projects (org_id) where is_default;

-- The thing whose usage is counted. A connection is a key to it.
create table ops.provider_accounts (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    provider text not null check (provider in ('openai', 'anthropic', 'openrouter')),
    external_id text,
    usage_endpoint text not null,
    created_at timestamptz not null,
    unique (org_id, id),
    unique (org_id, provider, external_id)
);

-- Ids of the account that a provider has shown us; they recognise an account that has no id of its own.
create table ops.account_identifiers (
    org_id bigint not null,
    account_id bigint not null,
    kind text not null check (kind in ('project', 'api_key', 'user')),
    value text not null,
    first_seen_at timestamptz not null,
    primary key (account_id, kind, value),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);
create index account_identifiers_value on ops.account_identifiers (org_id, kind, value);

create table ops.connections (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    account_id bigint not null,
    provider text not null,
    label text not null check (char_length(label) between 1 and 80 and label !~ '[[:cntrl:]]'),
    secret_arn text,
    status text not null default 'active' check (status in ('active', 'error', 'skipped', 'deleted')),
    error_code text,
    error_sentence text,
    consecutive_permanent_failures integer not null default 0,
    not_before timestamptz,
    last_polled_at timestamptz,
    data_through timestamptz,
    history_from timestamptz not null,
    last_daily_at timestamptz not null,
    last_weekly_at timestamptz not null,
    last_monthly_at timestamptz not null,
    created_at timestamptz not null,
    deleted_at timestamptz,
    unique (org_id, id),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id),
    check ((deleted_at is null) = (status <> 'deleted')),
    check ((secret_arn is null) = (status = 'deleted'))
);
create unique index connections_one_active on ops.connections (account_id) where deleted_at is null;

-- A stream: (account, endpoint, bucket width, group-by version) in force over whole UTC days of event time.
create table ops.usage_streams (
    id bigint generated always as identity primary key,
    org_id bigint not null,
    account_id bigint not null,
    endpoint_family text not null,
    endpoint text not null,
    bucket_width text not null check (bucket_width in ('1h', '1d')),
    group_by_version integer not null,
    in_force daterange not null check (not isempty(in_force)),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id),
    exclude using gist (
        int8range(account_id, account_id, '[]') with &&,
        ops.text_range(endpoint_family, endpoint_family, '[]') with &&,
        in_force with &&
    )
);

-- (account, selector, project) over a span of event time; the first one reaches back to -infinity.
create table ops.workloads (
    id bigint generated always as identity primary key,
    org_id bigint not null,
    account_id bigint not null,
    selector_kind text not null check (selector_kind in ('account', 'project', 'api_key')),
    selector_value text not null,
    project_id bigint not null,
    in_force tstzrange not null check (not isempty(in_force)),
    created_at timestamptz not null,
    unique (org_id, id),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id),
    foreign key (org_id, project_id) references ops.projects (org_id, id),
    exclude using gist (
        int8range(account_id, account_id, '[]') with &&,
        ops.text_range(selector_kind || ':' || selector_value, selector_kind || ':' || selector_value, '[]') with &&,
        in_force with &&
    )
);
comment on column ops.workloads.selector_value is
    'The provider''s id; (none) where the provider says null; (all) for the whole account.';

-- A request to poll now and build. Taken by the server''s own worker or by Dagster''s sensor, whoever comes first.
create table ops.sync_requests (
    id bigint generated always as identity primary key,
    org_id bigint not null,
    connection_id bigint not null,
    state text not null default 'queued' check (state in ('queued', 'polling', 'building', 'succeeded', 'failed')),
    requested_at timestamptz not null,
    lease_until timestamptz,
    windows_done integer not null default 0,
    windows_total integer,
    finished_at timestamptz,
    error_code text,
    error_sentence text,
    unique (org_id, id),
    foreign key (org_id, connection_id) references ops.connections (org_id, id)
);
create unique index sync_requests_one_open on ops.sync_requests (connection_id) where finished_at is null;

-- Which spans of event time were read whole, per account and endpoint family.
create table ops.account_coverage (
    org_id bigint not null,
    account_id bigint not null,
    endpoint_family text not null,
    known tstzmultirange not null default '{}',
    provider_has_none tstzmultirange not null default '{}',
    primary key (account_id, endpoint_family),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);

-- A change that moves usage without a new observation (a workload, a stream, a class, a BYOK rule): the next build redoes
-- these days of this account. `arrival_id` is drawn from the same sequence as observations.
create table ops.usage_touches (
    arrival_id bigint primary key,
    org_id bigint not null,
    account_id bigint not null,
    days daterange not null,
    cause text not null,
    at timestamptz not null,
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);

-- Append-only: what a provider said of a bucket. One row a (hash, revision); the latest revision is the truth.
create table raw.usage_observations (
    observation_id bigint primary key,
    org_id bigint not null,
    account_id bigint not null,
    poll_id bigint not null,
    provider text not null,
    endpoint_family text not null,
    endpoint text not null,
    bucket_width text not null,
    group_by_version integer not null,
    usage_hash text not null check (usage_hash ~ '^[0-9a-f]{64}$'),
    revision integer not null check (revision > 0),
    bucket_started_at timestamptz not null,
    bucket_ended_at timestamptz not null,
    model text,
    upstream text,
    provider_project_id text,
    api_key_id text,
    service_tier text,
    inference_geo text,
    is_batch boolean,
    byok_requests bigint check (byok_requests >= 0),
    uncached_input_tokens bigint check (uncached_input_tokens >= 0),
    cache_read_tokens bigint check (cache_read_tokens >= 0),
    cache_write_5m_tokens bigint check (cache_write_5m_tokens >= 0),
    cache_write_1h_tokens bigint check (cache_write_1h_tokens >= 0),
    output_tokens bigint check (output_tokens >= 0),
    reasoning_tokens bigint check (reasoning_tokens >= 0),
    requests bigint check (requests >= 0),
    is_tombstone boolean not null default false,
    payload jsonb,
    observed_at timestamptz not null,
    unique (usage_hash, revision),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);
create index usage_observations_window on raw.usage_observations (account_id, endpoint, bucket_started_at);

create table raw.polls (
    id bigint generated always as identity primary key,
    org_id bigint not null,
    account_id bigint not null,
    connection_id bigint not null,
    cause text not null,
    endpoint_family text not null,
    endpoint text not null,
    window_started_at timestamptz not null,
    window_ended_at timestamptz not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    outcome text not null check (outcome in ('stored', 'suspect', 'failed')),
    error_code text,
    pages integer not null,
    rows_seen integer not null,
    rows_new integer not null,
    rows_revised integer not null,
    rows_removed integer not null,
    foreign key (org_id, connection_id) references ops.connections (org_id, id),
    check ((error_code is not null) = (outcome = 'failed'))
);
create index polls_account on raw.polls (account_id, started_at);

-- A re-read that would remove too much, or that came with a warning: held until a later poll says the same again.
create table raw.suspect_reads (
    account_id bigint not null,
    endpoint_family text not null,
    endpoint text not null,
    bucket_width text not null,
    group_by_version integer not null,
    window_started_at timestamptz not null,
    window_ended_at timestamptz not null,
    org_id bigint not null,
    digest text not null,
    reason text not null,
    first_seen_at timestamptz not null,
    primary key (
        account_id, endpoint_family, endpoint, bucket_width, group_by_version, window_started_at, window_ended_at
    ),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);

-- Model and upstream names as providers spell them, once each, for the class resolution. No tenant's data.
create table ops.seen_models (
    provider text not null,
    model text not null,
    first_seen_at timestamptz not null,
    primary key (provider, model)
);

call ops.protect_tenant_table('ops.projects');
call ops.protect_tenant_table('ops.provider_accounts');
call ops.protect_tenant_table('ops.account_identifiers');
call ops.protect_tenant_table('ops.connections');
call ops.protect_tenant_table('ops.usage_streams');
call ops.protect_tenant_table('ops.workloads');
call ops.protect_tenant_table('ops.sync_requests');
call ops.protect_tenant_table('ops.account_coverage');
call ops.protect_tenant_table('ops.usage_touches');
call ops.protect_tenant_table('raw.usage_observations');
call ops.protect_tenant_table('raw.polls');
call ops.protect_tenant_table('raw.suspect_reads');

grant select, insert, update, delete on
    ops.projects, ops.provider_accounts, ops.account_identifiers, ops.connections, ops.usage_streams, ops.workloads,
    ops.sync_requests, ops.account_coverage, ops.usage_touches
to carbonledger_app, carbonledger_worker;
grant select, insert on ops.seen_models to carbonledger_worker;
-- Observations are append-only even for the worker.
grant select, insert on raw.usage_observations to carbonledger_worker;
grant select, insert, update on raw.polls to carbonledger_worker;
grant select, insert, update, delete on raw.suspect_reads to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_app, carbonledger_worker;
grant usage on all sequences in schema raw to carbonledger_worker;
