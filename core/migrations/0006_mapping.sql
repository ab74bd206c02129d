-- Which project usage belongs to, as people change it: a version an account's mapping, who made a workload, and
-- corrections of history. Written by ingestion.
alter table ops.provider_accounts add column mapping_version integer not null default 1;
alter table ops.workloads add column created_by text;
comment on column ops.workloads.created_by is 'Public id of who mapped it; NULL: made with the connection.';
-- A build of one day finds its buckets' workloads by this: the constraint's index led through those of all accounts.
create index workloads_selector on ops.workloads (account_id, selector_kind, selector_value);

-- Usage of a span of event time, shown under another project than the one that it was routed to. Changes analytics
-- only: workloads and what was sealed stay. Of several that cover a bucket the latest that stands is true.
create table ops.usage_corrections (
    id bigint generated always as identity primary key,
    org_id bigint not null,
    account_id bigint not null,
    selector_kind text not null check (selector_kind in ('account', 'project', 'api_key')),
    selector_value text not null,
    span tstzrange not null check (not isempty(span)),
    project_id bigint not null,
    reason text not null check (char_length(reason) between 1 and 500 and reason !~ '[[:cntrl:]]'),
    made_by text not null,
    made_at timestamptz not null,
    withdrawn_by text,
    withdrawn_at timestamptz,
    unique (org_id, id),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id),
    foreign key (org_id, project_id) references ops.projects (org_id, id),
    check (upper(span) <= made_at),
    check ((withdrawn_at is null) = (withdrawn_by is null))
);
create index usage_corrections_account on ops.usage_corrections (account_id) where withdrawn_at is null;
call ops.protect_tenant_table('ops.usage_corrections');
grant select, insert, update (withdrawn_by, withdrawn_at) on ops.usage_corrections to carbonledger_app;
grant select, insert, update on ops.usage_corrections to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_app, carbonledger_worker;
