-- Tiers, what Stripe says of them, billing periods and what was sealed at their close. Written by billing.
-- Money is integer cents, masses are micrograms, credits grams.
grant update (tier) on ops.organizations to carbonledger_worker;

create table ops.billing_accounts (
    org_id bigint primary key references ops.organizations (id),
    stripe_customer_id text not null unique,
    held_at timestamptz,
    hold_reason text,
    created_at timestamptz not null,
    check ((held_at is null) = (hold_reason is null))
);
comment on column ops.billing_accounts.held_at is 'After a refund or a dispute nothing is retired until it is lifted.';
call ops.protect_tenant_table('ops.billing_accounts');
grant select, insert on ops.billing_accounts to carbonledger_app;
grant select, insert, update on ops.billing_accounts to carbonledger_worker;

-- The inbox. An event is a hint to fetch its object, so it has no tenant; its body is kept as it came.
create table ops.stripe_events (
    event_id text primary key,
    event_type text not null,
    api_version text,
    is_livemode boolean not null,
    customer_id text, -- whom it is about, where the body says so: one fetch of a customer serves all that wait
    body bytea not null,
    came_by text not null check (came_by in ('webhook', 'sweep')),
    received_at timestamptz not null,
    state text not null default 'pending' check (state in ('pending', 'done', 'ignored', 'dead')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    finished_at timestamptz,
    last_error text
);
create index stripe_events_pending on ops.stripe_events (next_attempt_at) where state = 'pending';
create index stripe_events_waiting on ops.stripe_events (customer_id) where state = 'pending';
grant select, insert, update on ops.stripe_events to carbonledger_worker;

-- For the webhook, which knows no tenant: true if the event is new. Committed before Stripe is answered.
create function ops.receive_stripe_event(
    event_id text, event_type text, api_version text, is_livemode boolean, customer_id text, body bytea,
    received_at timestamptz
) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with received as (
        insert into ops.stripe_events
            (event_id, event_type, api_version, is_livemode, customer_id, body, came_by, received_at, next_attempt_at)
        values ($1, $2, $3, $4, $5, $6, 'webhook', $7, $7)
        on conflict do nothing returning 1
    )
    select exists (select 1 from received)
$$;
revoke execute on function ops.receive_stripe_event from public;
grant execute on function ops.receive_stripe_event to carbonledger_app, carbonledger_worker;

-- Where a sweep over Stripe's events goes on.
create table ops.sync_cursors (
    name text primary key,
    reached_at timestamptz not null
);
grant select, insert, update on ops.sync_cursors to carbonledger_worker;

-- Mirrors of fetched Stripe objects: never written from an event's own copy.
create table ops.subscriptions (
    stripe_subscription_id text primary key,
    org_id bigint not null references ops.organizations (id),
    status text not null,
    tier text not null,
    price_lookup_key text not null,
    interval text not null check (interval in ('month', 'year')),
    started_at timestamptz not null,
    current_span tstzrange not null,
    trial_span tstzrange,
    cancels_at_period_end boolean not null,
    cancel_at timestamptz,
    ended_at timestamptz,
    is_collection_paused boolean not null,
    fetched_at timestamptz not null,
    unique (org_id, stripe_subscription_id)
);
call ops.protect_tenant_table('ops.subscriptions');

create table ops.invoices (
    stripe_invoice_id text primary key,
    org_id bigint not null references ops.organizations (id),
    stripe_subscription_id text,
    billing_reason text not null,
    status text not null check (status in ('draft', 'open', 'paid', 'uncollectible', 'void')),
    currency text not null,
    total_cents bigint not null,
    amount_paid_cents bigint not null,
    refunded_cents bigint not null default 0,
    is_disputed boolean not null default false,
    attempt_count integer not null,
    hosted_invoice_url text,
    created_at timestamptz not null,
    paid_at timestamptz,
    fetched_at timestamptz not null,
    unique (org_id, stripe_invoice_id)
);
call ops.protect_tenant_table('ops.invoices');

-- The lines that pay for a plan, proration lines marked: of those only a subscription's first covers a period.
create table ops.invoice_lines (
    stripe_invoice_id text not null,
    stripe_line_id text not null,
    org_id bigint not null,
    stripe_subscription_id text not null,
    price_lookup_key text not null,
    span tstzrange not null check (not isempty(span)),
    is_proration boolean not null,
    amount_cents bigint not null,
    primary key (stripe_invoice_id, stripe_line_id),
    foreign key (org_id, stripe_invoice_id) references ops.invoices (org_id, stripe_invoice_id)
);
call ops.protect_tenant_table('ops.invoice_lines');

-- Which lines have opened the periods that they pay for, and how far: a line opens an instant's period once, whatever
-- becomes of that period later. The months of an annual line open as they begin.
create table ops.covering_lines (
    stripe_invoice_id text not null,
    stripe_line_id text not null,
    org_id bigint not null,
    opened_through timestamptz not null,
    is_done boolean not null,
    first_seen_at timestamptz not null,
    primary key (stripe_invoice_id, stripe_line_id),
    foreign key (org_id, stripe_invoice_id) references ops.invoices (org_id, stripe_invoice_id)
);
create index covering_lines_due on ops.covering_lines (opened_through) where not is_done;
call ops.protect_tenant_table('ops.covering_lines');

-- The periods of an organization lie side by side over all of time: the first has no start, the last, a free one, no
-- end. So an instant lies in exactly one, and the constraint holds at most.
create table ops.billing_periods (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    stripe_subscription_id text,
    tier text not null,
    funding text not null check (funding in ('free', 'trial', 'paid')),
    span tstzrange not null check (not isempty(span)),
    state text not null default 'open' check (
        state in (
            'open', 'awaiting_payment', 'failed', 'reconciling', 'frozen', 'awaiting_credits', 'retiring', 'retired',
            'closed', 'waived'
        )
    ),
    version integer not null default 1,
    factor_version text not null,
    coverage_grams bigint not null check (coverage_grams >= 0),
    settling_invoice_id text,
    failure text,
    paid_at timestamptz,
    close_at timestamptz,
    next_attempt_at timestamptz, -- null: an event moves it, not the clock
    opened_at timestamptz not null,
    -- What the close stated; never changed afterwards.
    frozen_at timestamptz,
    seen_arrival_id bigint,
    seal_arrival_id bigint unique,
    has_usage_data boolean,
    co2e_micrograms_low numeric(38, 6),
    co2e_micrograms_central numeric(38, 6),
    co2e_micrograms_high numeric(38, 6),
    carry_in_micrograms numeric(38, 6),
    carry_out_micrograms numeric(38, 6),
    not_covered_micrograms numeric(38, 6),
    retire_grams bigint check (retire_grams between 0 and coverage_grams),
    known_hours integer,
    missing_hours integer,
    holes tstzmultirange,
    closed_at timestamptz,
    unique (org_id, id),
    foreign key (org_id, stripe_subscription_id) references ops.subscriptions (org_id, stripe_subscription_id),
    foreign key (org_id, settling_invoice_id) references ops.invoices (org_id, stripe_invoice_id),
    exclude using gist (int8range(org_id, org_id, '[]') with &&, span with &&),
    check ((funding = 'free') = (stripe_subscription_id is null)),
    check ((funding = 'paid') = (settling_invoice_id is not null)),
    check ((state in ('open', 'awaiting_payment', 'failed', 'reconciling')) = (seal_arrival_id is null)),
    check (
        num_nonnulls(
            seal_arrival_id, frozen_at, seen_arrival_id, has_usage_data, co2e_micrograms_central, retire_grams,
            carry_in_micrograms, carry_out_micrograms
        ) in (0, 8)
    ),
    check (upper(span) is not null or seal_arrival_id is null),
    check ((closed_at is not null) = (state in ('closed', 'waived')))
);
create index billing_periods_due on ops.billing_periods (next_attempt_at, id) where state not in ('closed', 'waived');
comment on column ops.billing_periods.co2e_micrograms_central is
    'Of the period''s own usage and the adjustments that it carries; may be negative.';
comment on column ops.billing_periods.seen_arrival_id is 'The last arrival that the sealed marts had seen.';
comment on column ops.billing_periods.seal_arrival_id is
    'Its place among arrivals: a build that took it counts the period as sealed.';
call ops.protect_tenant_table('ops.billing_periods');

-- One row a move of a period, in the move's own transaction.
create table ops.billing_period_moves (
    org_id bigint not null,
    period_id bigint not null,
    version integer not null,
    from_state text,
    to_state text not null,
    cause text not null,
    actor text not null,
    at timestamptz not null,
    primary key (period_id, version),
    foreign key (org_id, period_id) references ops.billing_periods (org_id, id)
);
call ops.protect_tenant_table('ops.billing_period_moves');

-- What a close stated, bucket by bucket: the period's own usage (origin = period) and the adjustments of earlier ones
-- that it carries (origin = theirs; counters are differences and may be negative). Never changed, never deleted.
create table ops.sealed_usage (
    period_id bigint not null,
    usage_hash text not null,
    origin_period_id bigint not null,
    org_id bigint not null,
    disposition text not null check (disposition in ('billed', 'waived')),
    account_id bigint not null,
    project_id bigint not null,
    project_name text not null,
    provider text not null,
    model text,
    model_class text not null,
    host text not null,
    factor_version text not null,
    bucket_started_at timestamptz not null,
    uncached_input_tokens bigint,
    cache_read_tokens bigint,
    cache_write_5m_tokens bigint,
    cache_write_1h_tokens bigint,
    output_tokens bigint,
    requests bigint,
    co2e_micrograms_low numeric(38, 6),
    co2e_micrograms_central numeric(38, 6),
    co2e_micrograms_high numeric(38, 6),
    energy_micro_wh_low numeric(38, 6),
    energy_micro_wh_central numeric(38, 6),
    energy_micro_wh_high numeric(38, 6),
    sealed_at timestamptz not null,
    primary key (period_id, usage_hash, origin_period_id),
    foreign key (org_id, period_id) references ops.billing_periods (org_id, id),
    foreign key (org_id, origin_period_id) references ops.billing_periods (org_id, id)
);
create index sealed_usage_hash on ops.sealed_usage (usage_hash);
create index sealed_usage_day on ops.sealed_usage (account_id, (cast(bucket_started_at at time zone 'UTC' as date)));
call ops.protect_tenant_table('ops.sealed_usage');

-- What a close stated stands: only how far the close has come goes on.
create function ops.guard_stated_period() returns trigger language plpgsql as $$
declare
    goes_on constant text[] := array['state', 'version', 'next_attempt_at', 'closed_at'];
begin
    if to_jsonb(new) - goes_on <> to_jsonb(old) - goes_on then
        raise exception 'what the close of period % stated does not change', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger stated_once before update on ops.billing_periods
for each row when (old.seal_arrival_id is not null) execute function ops.guard_stated_period();

create function ops.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger append_only before update or delete on ops.sealed_usage
for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.billing_period_moves
for each row execute function ops.refuse_change();

grant select on
    ops.subscriptions, ops.invoices, ops.invoice_lines, ops.billing_periods, ops.billing_period_moves, ops.sealed_usage
to carbonledger_app;
grant select, insert, update on
    ops.subscriptions, ops.invoices, ops.covering_lines, ops.billing_periods
to carbonledger_worker;
grant select, insert, update, delete on ops.invoice_lines to carbonledger_worker;
grant select, insert on ops.billing_period_moves, ops.sealed_usage to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_app, carbonledger_worker;
