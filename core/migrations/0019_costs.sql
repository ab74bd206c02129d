-- What providers say that a day cost, and what its tokens cost by a public price list. Money is in no way of CO2e.

-- Asked apart from usage, once a day; one row an answer, the latest of a day is what the provider says now.
create table raw.provider_costs (
    account_id bigint not null,
    usage_date date not null,
    asked_at timestamptz not null,
    org_id bigint not null,
    provider text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    token_cost_micros numeric(38, 6) not null,
    other_cost_micros numeric(38, 6) not null,
    primary key (account_id, usage_date, asked_at),
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id)
);
comment on table raw.provider_costs is 'Millionths of the currency: for tokens, and for all else on the same bill.';
call ops.protect_tenant_table('raw.provider_costs');
create trigger append_only before update or delete on raw.provider_costs
for each row execute function ops.refuse_change();

-- How far the questions have come. What stood in the way is a hole of the comparison, never of the connection.
create table ops.cost_checks (
    account_id bigint primary key,
    org_id bigint not null,
    asked_at timestamptz not null,
    error_code text,
    error_sentence text,
    foreign key (org_id, account_id) references ops.provider_accounts (org_id, id),
    check ((error_code is null) = (error_sentence is null))
);
call ops.protect_tenant_table('ops.cost_checks');

-- Prices of every model that any provider ever reported, by tier, over days. NULL: no price is known. Written by
-- warehouse, whole models at a time; `price_list` says by which list and rules.
create table ops.model_prices (
    provider text not null,
    model text not null,
    tier text not null,
    in_force daterange not null check (not isempty(in_force)),
    price_list text not null,
    uncached_input_micro_usd_per_token numeric(18, 6) check (uncached_input_micro_usd_per_token >= 0),
    cache_read_micro_usd_per_token numeric(18, 6) check (cache_read_micro_usd_per_token >= 0),
    cache_write_5m_micro_usd_per_token numeric(18, 6) check (cache_write_5m_micro_usd_per_token >= 0),
    cache_write_1h_micro_usd_per_token numeric(18, 6) check (cache_write_1h_micro_usd_per_token >= 0),
    output_micro_usd_per_token numeric(18, 6) check (output_micro_usd_per_token >= 0),
    resolved_at timestamptz not null,
    primary key (provider, model, tier, in_force)
);

grant select, insert on raw.provider_costs to carbonledger_worker;
grant select, insert, update on ops.cost_checks to carbonledger_worker;
grant select on ops.cost_checks to carbonledger_app;
grant select, insert, delete on ops.model_prices to carbonledger_worker;
