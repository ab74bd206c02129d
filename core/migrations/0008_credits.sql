-- Carbon credits: blocks of registry units, their retirement, and the grams of them that are allotted to periods.
-- Written by billing/credits. Names are CAD Trust's (Chia-Network/cadt) in snake_case. No balance is stored.

-- Files that show a fact at a registry; kept in the home's folder `evidence` under their hash.
create table ops.credit_evidence (
    sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    file_name text not null,
    size_bytes bigint not null check (size_bytes > 0),
    kept_at timestamptz not null
);

-- Whole units of one serial number block. Nothing but its labels ever changes.
create table ops.credit_blocks (
    id bigint generated always as identity primary key,
    registry text not null check (registry in ('VERRA', 'GOLD_STANDARD', 'ACR', 'CAR', 'PURO', 'ISOMETRIC')),
    issuance_scope text not null,
    serial_number_block text not null, -- as it was given, character for character
    unit_block_start bigint not null check (unit_block_start >= 0),
    unit_block_end bigint not null,
    unit_count bigint not null check (unit_count > 0 and unit_count = unit_block_end - unit_block_start + 1),
    unit_size_grams bigint not null check (unit_size_grams in (1000000, 1000)),
    unit_status text not null check (unit_status in ('Held', 'Retired')),
    unit_type text not null check (
        unit_type in ('Reduction - nature', 'Reduction - technical', 'Removal - nature', 'Removal - technical')
    ),
    mitigation_class text not null check (mitigation_class in ('avoidance', 'reduction', 'removal')),
    durability_years integer check (durability_years > 0),
    unit_owner text,
    country_jurisdiction_of_owner text,
    unit_registry_link text not null,
    vintage_year integer not null check (vintage_year between 1990 and 2200),
    vintage_start date,
    vintage_end date check (vintage_end >= vintage_start),
    issuance_id text,
    project_id text not null,
    origin_project_id text,
    registry_of_origin text,
    project_name text not null,
    project_link text,
    project_developer text,
    host_country text not null,
    project_type text not null,
    sector text,
    methodology text not null,
    methodology_version text,
    validation_body text,
    verification_body text,
    corresponding_adjustment_declaration text not null
    check (corresponding_adjustment_declaration in ('Committed', 'Not Required', 'Unknown')),
    corresponding_adjustment_status text
    check (corresponding_adjustment_status in ('Not Started', 'Pending', 'Completed')),
    covered_by_ndc text check (covered_by_ndc in ('Inside NDC', 'Outside NDC', 'Unknown')),
    is_eu_project boolean,
    ccp_label text,
    ccp_label_checked_at date check ((ccp_label is null) = (ccp_label_checked_at is null)),
    other_labels text,
    acquired_at date not null,
    cost_cents bigint not null check (cost_cents >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    supplier_order_id text,
    broker_portfolio_id text,
    imported_from_sha256 text not null,
    imported_at timestamptz not null,
    -- A unit is there once, however its serial is written.
    exclude using gist (
        ops.text_range(registry || ':' || issuance_scope, registry || ':' || issuance_scope, '[]') with &&,
        int8range(unit_block_start, unit_block_end, '[]') with &&
    )
);
comment on column ops.credit_blocks.issuance_scope is 'What the unit numbers are counted within, from the serial.';
comment on column ops.credit_blocks.unit_status is 'As it was at the import; ops.retirements say what it is.';
comment on column ops.credit_blocks.cost_cents is 'Of the whole block, in hundredths of the currency.';
comment on column ops.credit_blocks.broker_portfolio_id is 'At the broker; null: an operator retires these units.';

-- Whole units of a block that are retired, or ordered to be. What is retired stays so; what failed is held again.
create table ops.retirements (
    id bigint generated always as identity primary key,
    block_id bigint not null references ops.credit_blocks (id),
    reference text not null unique,
    backend text not null check (backend in ('manual', 'broker')),
    -- Unit numbers as the registry counts them, half-open.
    units int8range not null check (not isempty(units) and not lower_inf(units) and not upper_inf(units)),
    state text not null default 'ordered' check (state in ('ordered', 'retired', 'failed')),
    cause text not null,
    ordered_at timestamptz not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    last_error text,
    backend_order_id text unique,
    registry_retirement_id text,
    retired_on date,
    beneficiary_on_registry text,
    on_behalf_of_text text,
    reason text,
    account_holder text,
    public_url text,
    evidence_sha256 text references ops.credit_evidence (sha256),
    settled_at timestamptz,
    unique (block_id, id),
    exclude using gist (int8range(block_id, block_id, '[]') with &&, units with &&) where (state <> 'failed'),
    check ((state = 'ordered') = (settled_at is null)),
    check (
        state <> 'retired'
        or (
            registry_retirement_id is not null and retired_on is not null and beneficiary_on_registry is not null
            and evidence_sha256 is not null
        )
    )
);
create index retirements_due on ops.retirements (next_attempt_at, id) where state = 'ordered';
comment on column ops.retirements.reference is 'Ours, made from the units; at the broker key and metadata of the order.';

-- Grams of a block, counted from its first unit, that belong to one period of one organization. Never changed.
create table ops.allocations (
    id bigint generated always as identity primary key,
    org_id bigint not null,
    period_id bigint not null,
    block_id bigint not null,
    retirement_id bigint not null,
    grams int8range not null check (not isempty(grams) and not lower_inf(grams) and not upper_inf(grams)),
    allotted_at timestamptz not null,
    foreign key (org_id, period_id) references ops.billing_periods (org_id, id),
    foreign key (block_id, retirement_id) references ops.retirements (block_id, id),
    exclude using gist (int8range(block_id, block_id, '[]') with &&, grams with &&)
);
create index allocations_period on ops.allocations (org_id, period_id);
create index allocations_retirement on ops.allocations (retirement_id, (upper(grams)) desc);
call ops.protect_tenant_table('ops.allocations');

create function ops.grams_of_units(units int8range, first_unit bigint, unit_size_grams bigint) returns int8range
language sql immutable parallel safe
return int8range((lower(units) - first_unit) * unit_size_grams, (upper(units) - first_unit) * unit_size_grams);

create function ops.guard_credit_block() returns trigger language plpgsql as $$
declare
    labels constant text[] := array['ccp_label', 'ccp_label_checked_at', 'other_labels'];
begin
    if tg_op = 'DELETE' or to_jsonb(new) - labels <> to_jsonb(old) - labels then
        raise exception 'of a credit block only its labels change' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger guard before update or delete on ops.credit_blocks for each row execute function ops.guard_credit_block();

create function ops.guard_retirement() returns trigger language plpgsql as $$
declare
    facts constant text[] := array['id', 'block_id', 'reference', 'backend', 'cause', 'ordered_at'];
begin
    if tg_op = 'DELETE' then
        raise exception 'a retirement is never deleted' using errcode = 'restrict_violation';
    end if;
    if tg_op = 'UPDATE' then
        if old.state <> 'ordered' then
            raise exception 'retirement % is settled', old.id using errcode = 'restrict_violation';
        end if;
        if (select jsonb_object_agg(fact, to_jsonb(new) -> fact) <> jsonb_object_agg(fact, to_jsonb(old) -> fact)
            from unnest(facts) as fact) then
            raise exception 'what retirement % is does not change', old.id using errcode = 'restrict_violation';
        end if;
        -- The registry may retire other units of the block than we asked for, never more or fewer.
        if upper(new.units) - lower(new.units) <> upper(old.units) - lower(old.units)
            or (new.units <> old.units and new.state <> 'retired') then
            raise exception 'the units of retirement % do not change', old.id using errcode = 'restrict_violation';
        end if;
    end if;
    if not exists (
        select from ops.credit_blocks as block
        where block.id = new.block_id and new.units <@ int8range(block.unit_block_start, block.unit_block_end, '[]')
    ) then
        raise exception 'units % are not of block %', new.units, new.block_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger guard before insert or update or delete on ops.retirements
for each row execute function ops.guard_retirement();

-- Only grams of units that are retired. With the exclusion constraint: never more grams allotted than retired.
create function ops.guard_allocation() returns trigger language plpgsql as $$
begin
    if not exists (
        select from ops.retirements as retirement
        join ops.credit_blocks as block on block.id = retirement.block_id
        where retirement.id = new.retirement_id and retirement.block_id = new.block_id
            and retirement.state = 'retired'
            and new.grams <@ ops.grams_of_units(retirement.units, block.unit_block_start, block.unit_size_grams)
    ) then
        raise exception 'grams % of block % are not retired', new.grams, new.block_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger guard before insert on ops.allocations for each row execute function ops.guard_allocation();
create trigger append_only before update or delete on ops.allocations for each row execute function ops.refuse_change();

-- All or nothing, checked at the commit: a period has exactly the grams that its close stated. The row of the period is
-- locked first, so that of two transactions the second one sees what the first allotted.
create function ops.check_period_is_allotted() returns trigger language plpgsql as $$
declare
    stated bigint;
    allotted bigint;
begin
    select retire_grams into stated from ops.billing_periods
    where org_id = new.org_id and id = new.period_id for no key update;
    select sum(upper(grams) - lower(grams)) into allotted from ops.allocations
    where org_id = new.org_id and period_id = new.period_id;
    if allotted is distinct from stated then
        raise exception 'period % has % g allotted, its close stated % g', new.period_id, allotted, stated
        using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger all_or_nothing after insert on ops.allocations deferrable initially deferred
for each row execute function ops.check_period_is_allotted();

-- What a close retires follows from what it stated, and is there before the period says so.
alter table ops.billing_periods add constraint retire_grams_follow_from_the_total check (
    state not in ('frozen', 'awaiting_credits', 'retiring', 'retired', 'closed')
    or retire_grams = least( -- times, not by: a quotient of numerics is rounded
        greatest(0, ceil((co2e_micrograms_central - coalesce(carry_in_micrograms, 0)) * 0.000001)), coverage_grams
    )
);

create function ops.refuse_unbacked_period() returns trigger language plpgsql as $$
begin
    if new.retire_grams <> coalesce((
        select sum(upper(grams) - lower(grams)) from ops.allocations
        where org_id = new.org_id and period_id = new.id
    ), 0) then
        raise exception 'period % is not backed by % g of credits', new.id, new.retire_grams
        using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger backed_by_credits before update on ops.billing_periods
for each row when (new.state in ('retired', 'closed') and old.state not in ('retired', 'closed'))
execute function ops.refuse_unbacked_period();

create view ops.credit_balances as
select
    block.id as block_id,
    block.unit_count * block.unit_size_grams as total_grams,
    (block.unit_count - units.ordered - units.retired) * block.unit_size_grams as held_grams,
    units.ordered * block.unit_size_grams as ordered_grams,
    units.retired * block.unit_size_grams as retired_grams,
    allotted.grams as allotted_grams,
    units.retired * block.unit_size_grams - allotted.grams as free_grams
from ops.credit_blocks as block
cross join lateral (
    select
        cast(coalesce(sum(upper(units) - lower(units)) filter (where state = 'ordered'), 0) as bigint) as ordered,
        cast(coalesce(sum(upper(units) - lower(units)) filter (where state = 'retired'), 0) as bigint) as retired
    from ops.retirements where retirements.block_id = block.id
) as units
cross join lateral (
    select cast(coalesce(sum(upper(grams) - lower(grams)), 0) as bigint) as grams
    from ops.allocations where allocations.block_id = block.id
) as allotted;

-- For a tenant: what backs one of its periods. Nothing of the stock, of costs or of other organizations.
create function ops.period_credits(period_id bigint)
returns table (
    registry text, project_id text, project_name text, host_country text, project_type text, methodology text,
    methodology_version text, mitigation_class text, unit_type text, durability_years integer, vintage_year integer,
    serial_number_block text, unit_size_grams bigint, from_gram bigint, to_gram bigint, grams bigint,
    retired_units_start bigint, retired_units_end bigint, retired_on date, registry_retirement_id text,
    beneficiary_on_registry text, on_behalf_of_text text, reason text, account_holder text, registry_url text,
    ccp_label text, ccp_label_checked_at date, corresponding_adjustment_declaration text,
    corresponding_adjustment_status text, evidence_sha256 text, allotted_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select
        block.registry, block.project_id, block.project_name, block.host_country, block.project_type, block.methodology,
        block.methodology_version, block.mitigation_class, block.unit_type, block.durability_years, block.vintage_year,
        block.serial_number_block, block.unit_size_grams, lower(part.grams), upper(part.grams),
        upper(part.grams) - lower(part.grams), lower(retirement.units), upper(retirement.units) - 1,
        retirement.retired_on, retirement.registry_retirement_id, retirement.beneficiary_on_registry,
        retirement.on_behalf_of_text, retirement.reason, retirement.account_holder,
        coalesce(retirement.public_url, block.unit_registry_link), block.ccp_label, block.ccp_label_checked_at,
        block.corresponding_adjustment_declaration, block.corresponding_adjustment_status, retirement.evidence_sha256,
        part.allotted_at
    from ops.allocations as part
    join ops.retirements as retirement on retirement.id = part.retirement_id
    join ops.credit_blocks as block on block.id = part.block_id
    where part.org_id = ops.current_org_id() and part.period_id = $1
    order by part.id
$$;
revoke execute on function ops.period_credits from public;
grant execute on function ops.period_credits to carbonledger_app, carbonledger_worker;

grant select on ops.allocations to carbonledger_app;
grant select on ops.credit_balances to carbonledger_worker;
-- Labels may be looked up again; that right is also what a lock on a block's row asks for.
grant update (ccp_label, ccp_label_checked_at, other_labels) on ops.credit_blocks to carbonledger_worker;
grant select, insert on ops.credit_blocks, ops.credit_evidence, ops.allocations to carbonledger_worker;
grant select, insert, update on ops.retirements to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_worker;
