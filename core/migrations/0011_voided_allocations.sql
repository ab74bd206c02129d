-- Credits that a registry takes back, and the allocations that lose their backing with them. Invalidated units stay
-- where they are, back nothing any more and are never allotted again; the periods get fresh grams. Written by
-- billing/credits; receipts find in ops.voided_allocations which of theirs state grams that are void.

-- Whole units of a block, held, ordered or retired, as the registry counts them. Said once, never taken back.
create table ops.credit_invalidations (
    id bigint generated always as identity primary key,
    block_id bigint not null references ops.credit_blocks (id),
    units int8range not null check (not isempty(units) and not lower_inf(units) and not upper_inf(units)),
    reason text not null check (reason <> '' and length(reason) <= 500), -- owners of the receipts read it
    invalidated_by text not null,
    invalidated_at timestamptz not null,
    exclude using gist (int8range(block_id, block_id, '[]') with &&, units with &&)
);

alter table ops.allocations add unique (org_id, period_id, id);

-- Grams of an allocation that lie in invalidated units. What is left of it stays with its period: it is no stock.
create table ops.voided_allocations (
    id bigint generated always as identity primary key,
    allocation_id bigint not null,
    org_id bigint not null,
    period_id bigint not null,
    invalidation_id bigint not null references ops.credit_invalidations (id),
    grams int8range not null check (not isempty(grams) and not lower_inf(grams) and not upper_inf(grams)),
    voided_at timestamptz not null,
    foreign key (org_id, period_id, allocation_id) references ops.allocations (org_id, period_id, id),
    exclude using gist (int8range(allocation_id, allocation_id, '[]') with &&, grams with &&)
);
create index voided_allocations_period on ops.voided_allocations (org_id, period_id);
create index voided_allocations_allocation on ops.voided_allocations (allocation_id);
call ops.protect_tenant_table('ops.voided_allocations');

-- Periods that lost grams and have not got all of them back: work to do, written with the voids and taken out with the
-- fresh allocations. Order of locks: period, blocks, this row.
create table ops.credit_refills (
    period_id bigint primary key,
    org_id bigint not null,
    next_attempt_at timestamptz not null,
    foreign key (org_id, period_id) references ops.billing_periods (org_id, id)
);
call ops.protect_tenant_table('ops.credit_refills');

-- The pieces of allocations that back their period: a row an interval that nothing has voided.
create view ops.allocations_in_force as
select
    part.id as allocation_id, part.org_id, part.period_id, part.block_id, part.retirement_id, piece.grams,
    part.allotted_at
from ops.allocations as part
cross join lateral unnest(
    int8multirange(part.grams)
    - (
        select coalesce(range_agg(voided.grams), '{}'::int8multirange) from ops.voided_allocations as voided
        where voided.allocation_id = part.id
    )
) as piece (grams);

create function ops.grams_in_force(of_org_id bigint, of_period_id bigint) returns bigint
language sql stable
return (
    select coalesce(sum(upper(grams) - lower(grams)), 0) from ops.allocations
    where org_id = of_org_id and period_id = of_period_id
) - (
    select coalesce(sum(upper(grams) - lower(grams)), 0) from ops.voided_allocations
    where org_id = of_org_id and period_id = of_period_id
);

create function ops.invalidated_units(of_block_id bigint) returns int8multirange
language sql stable
return (
    select coalesce(range_agg(units), '{}'::int8multirange) from ops.credit_invalidations where block_id = of_block_id
);

-- Of two transactions that move the stock of a block, the second one sees what the first did.
create function ops.guard_credit_invalidation() returns trigger language plpgsql as $$
begin
    perform from ops.credit_blocks as block
    where block.id = new.block_id and new.units <@ int8range(block.unit_block_start, block.unit_block_end, '[]')
    for no key update;
    if not found then
        raise exception 'units % are not of block %', new.units, new.block_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger guard before insert on ops.credit_invalidations
for each row execute function ops.guard_credit_invalidation();

create function ops.guard_voided_allocation() returns trigger language plpgsql as $$
begin
    if not exists (
        select from ops.allocations as part
        join ops.credit_invalidations as invalidation on invalidation.block_id = part.block_id
        join ops.credit_blocks as block on block.id = part.block_id
        where part.id = new.allocation_id and invalidation.id = new.invalidation_id and new.grams <@ part.grams
            and new.grams <@ ops.grams_of_units(invalidation.units, block.unit_block_start, block.unit_size_grams)
    ) then
        raise exception 'grams % of allocation % are not invalidated', new.grams, new.allocation_id
        using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger guard before insert on ops.voided_allocations
for each row execute function ops.guard_voided_allocation();

-- Checked at the commit: whoever invalidates units voids every gram of them that backs something.
create function ops.check_nothing_is_backed_by_invalidated_units() returns trigger language plpgsql as $$
begin
    if exists (
        select from ops.allocations_in_force as part
        join ops.credit_blocks as block on block.id = part.block_id
        where part.block_id = new.block_id
            and part.grams && ops.grams_of_units(new.units, block.unit_block_start, block.unit_size_grams)
    ) then
        raise exception 'invalidated units % of block % still back a period', new.units, new.block_id
        using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger backs_nothing after insert on ops.credit_invalidations deferrable initially deferred
for each row execute function ops.check_nothing_is_backed_by_invalidated_units();

create trigger append_only before update or delete on ops.credit_invalidations
for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.voided_allocations
for each row execute function ops.refuse_change();

-- As in 0008, and: never grams of an invalidated unit.
create or replace function ops.guard_allocation() returns trigger language plpgsql as $$
begin
    perform from ops.credit_blocks where id = new.block_id for no key update;
    if not exists (
        select from ops.retirements as retirement
        join ops.credit_blocks as block on block.id = retirement.block_id
        where retirement.id = new.retirement_id and retirement.block_id = new.block_id
            and retirement.state = 'retired'
            and new.grams <@ ops.grams_of_units(retirement.units, block.unit_block_start, block.unit_size_grams)
    ) then
        raise exception 'grams % of block % are not retired', new.grams, new.block_id using errcode = 'check_violation';
    end if;
    if exists (
        select from ops.credit_invalidations as invalidation
        join ops.credit_blocks as block on block.id = invalidation.block_id
        where invalidation.block_id = new.block_id
            and new.grams && ops.grams_of_units(invalidation.units, block.unit_block_start, block.unit_size_grams)
    ) then
        raise exception 'grams % of block % are invalidated', new.grams, new.block_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;

-- As in 0008, of the grams in force: fresh grams, too, come all or not at all.
create or replace function ops.check_period_is_allotted() returns trigger language plpgsql as $$
declare
    stated bigint;
    allotted bigint;
begin
    select retire_grams into stated from ops.billing_periods
    where org_id = new.org_id and id = new.period_id for no key update;
    allotted := ops.grams_in_force(new.org_id, new.period_id);
    if allotted is distinct from stated then
        raise exception 'period % has % g allotted, its close stated % g', new.period_id, allotted, stated
        using errcode = 'check_violation';
    end if;
    return null;
end
$$;

create or replace function ops.refuse_unbacked_period() returns trigger language plpgsql as $$
begin
    if new.retire_grams <> ops.grams_in_force(new.org_id, new.id) then
        raise exception 'period % is not backed by % g of credits', new.id, new.retire_grams
        using errcode = 'check_violation';
    end if;
    return new;
end
$$;

-- Paid periods whose close has stated more grams than back them: those that wait for their first credits, and those
-- that lost some.
create view ops.periods_lacking_grams as
select period.id as period_id, period.org_id, period.state, period.retire_grams, lacking.grams as lacking_grams
from (
    select id, org_id, state, retire_grams from ops.billing_periods
    where state in ('frozen', 'awaiting_credits', 'retiring')
    union all
    select id, org_id, state, retire_grams from ops.billing_periods
    where state in ('retired', 'closed') and id in (select period_id from ops.credit_refills)
) as period
cross join lateral (select period.retire_grams - ops.grams_in_force(period.org_id, period.id) as grams) as lacking
where lacking.grams > 0;

-- Each unit counts once: invalidated, or else held, ordered or retired.
drop view ops.credit_balances;
create view ops.credit_balances as
select
    block.id as block_id,
    block.unit_count * block.unit_size_grams as total_grams,
    (block.unit_count - units.ordered - units.retired - units.invalidated) * block.unit_size_grams as held_grams,
    units.ordered * block.unit_size_grams as ordered_grams,
    units.retired * block.unit_size_grams as retired_grams,
    units.invalidated * block.unit_size_grams as invalidated_grams,
    allotted.grams as allotted_grams,
    units.retired * block.unit_size_grams - allotted.grams as free_grams
from ops.credit_blocks as block
cross join lateral (select ops.invalidated_units(block.id) as units) as gone
cross join lateral (
    select
        (
            select cast(coalesce(sum(upper(run) - lower(run)), 0) as bigint)
            from ops.retirements, unnest(int8multirange(units) - gone.units) as run
            where retirements.block_id = block.id and state = 'ordered'
        ) as ordered,
        (
            select cast(coalesce(sum(upper(run) - lower(run)), 0) as bigint)
            from ops.retirements, unnest(int8multirange(units) - gone.units) as run
            where retirements.block_id = block.id and state = 'retired'
        ) as retired,
        (
            select cast(coalesce(sum(upper(run) - lower(run)), 0) as bigint) from unnest(gone.units) as run
        ) as invalidated
) as units
cross join lateral (
    select cast(coalesce(sum(upper(grams) - lower(grams)), 0) as bigint) - (
        select cast(coalesce(sum(upper(voided.grams) - lower(voided.grams)), 0) as bigint)
        from ops.voided_allocations as voided
        join ops.allocations as part on part.id = voided.allocation_id
        where part.block_id = block.id
    ) as grams
    from ops.allocations where allocations.block_id = block.id
) as allotted;

-- As in 0008, of what is in force; an allocation of which a middle part is voided comes as two rows.
drop function ops.period_credits;
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
    from ops.allocations_in_force as part
    join ops.retirements as retirement on retirement.id = part.retirement_id
    join ops.credit_blocks as block on block.id = part.block_id
    where part.org_id = ops.current_org_id() and part.period_id = $1
    order by part.allocation_id, part.grams
$$;
revoke execute on function ops.period_credits from public;
grant execute on function ops.period_credits to carbonledger_app, carbonledger_worker;

grant select on ops.voided_allocations to carbonledger_app;
grant select on ops.credit_balances, ops.allocations_in_force, ops.periods_lacking_grams to carbonledger_worker;
grant select, insert on ops.credit_invalidations, ops.voided_allocations to carbonledger_worker;
grant select, insert, update, delete on ops.credit_refills to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_worker;
