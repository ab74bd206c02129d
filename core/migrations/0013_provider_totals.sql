-- What providers say of whole days, asked apart from usage and never counted as usage. Written by ingestion.
create table raw.provider_totals (
    account_id bigint not null,
    usage_date date not null,
    asked_at timestamptz not null,
    org_id bigint not null,
    provider text not null,
    uncached_input_tokens bigint,
    cache_read_tokens bigint,
    cache_write_5m_tokens bigint,
    cache_write_1h_tokens bigint,
    output_tokens bigint,
    requests bigint,
    primary key (account_id, usage_date, asked_at),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);
comment on table raw.provider_totals is 'One row an answer; the latest of a day is what the provider says now.';
call ops.protect_tenant_table('raw.provider_totals');
create trigger append_only before update or delete on raw.provider_totals
for each row execute function ops.refuse_change();

-- How far the questions have come, and what stood in the way.
create table ops.total_checks (
    account_id bigint primary key,
    org_id bigint not null,
    asked_at timestamptz not null,
    error_code text,
    error_sentence text,
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id),
    check ((error_code is null) = (error_sentence is null))
);
call ops.protect_tenant_table('ops.total_checks');

-- A day that differed is read again by itself, once an answer.
create table ops.mending_rereads (
    account_id bigint not null,
    usage_date date not null,
    asked_at timestamptz not null,
    org_id bigint not null,
    requested_at timestamptz not null,
    primary key (account_id, usage_date, asked_at),
    foreign key (account_id, usage_date, asked_at) references raw.provider_totals (account_id, usage_date, asked_at),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);
call ops.protect_tenant_table('ops.mending_rereads');

grant select, insert on ops.mending_rereads to carbonledger_worker;
grant select, insert on raw.provider_totals to carbonledger_worker;
grant select, insert, update on ops.total_checks to carbonledger_worker;
grant select on ops.total_checks to carbonledger_app;
-- Whoever may sync may also have days read again: they count as unread until they are.
grant update (known) on ops.account_coverage to carbonledger_app;
