-- The pool of credits as anybody may see it: blocks, what became of their units, and how many grams back how many
-- receipts. Nothing of costs, suppliers or customers. What receipts state is counted twice, from the ledger and from
-- the entries of the log, for the page shows that both say the same.
create index log_leaves_of_credits on ops.log_leaves (kind) where kind in ('retire', 'alloc', 'void');

create function ops.public_credit_pool()
returns table (
    registry text, serial_number_block text, project_id text, project_name text, host_country text, project_type text,
    methodology text, mitigation_class text, unit_type text, vintage_year integer, registry_link text,
    unit_size_grams bigint, total_units bigint, unretired_units bigint, retired_units bigint, invalidated_units bigint,
    total_grams bigint, retired_grams bigint, allotted_grams bigint, free_grams bigint, shared_grams bigint,
    receipts bigint, receipt_grams bigint, logged_receipts bigint, logged_grams bigint, retirements jsonb
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with fact as materialized (
        select kind, encode(leaf_hash, 'hex') as hash, convert_from(data, 'UTF8')::jsonb as told from ops.log_leaves
        where kind in ('retire', 'alloc', 'void')
    ),
    logged as (
        select
            retire.told ->> 'registry' as registry, retire.told ->> 'serial' as serial,
            count(distinct alloc.told ->> 'receipt_sha256') as receipts,
            sum((alloc.told ->> 'to_g')::bigint - (alloc.told ->> 'from_g')::bigint)::bigint as grams
        from fact as alloc
        join fact as retire on retire.kind = 'retire' and retire.hash = alloc.told ->> 'retire'
        where alloc.kind = 'alloc' and not exists (
            select from fact as void
            where void.kind = 'void' and void.told ->> 'receipt_sha256' = alloc.told ->> 'receipt_sha256'
        )
        group by 1, 2
    ),
    stated as ( -- on receipts that are in the log and not void there
        select
            part.block_id, count(distinct receipt.id) as receipts,
            sum(upper(credit.grams) - lower(credit.grams))::bigint as grams
        from ops.receipt_credits as credit
        join ops.allocations as part on part.id = credit.allocation_id
        join ops.receipts as receipt on receipt.id = credit.receipt_row_id and receipt.log_index is not null
        where not exists (
            select from ops.receipt_voids as void
            where void.receipt_row_id = receipt.id and void.log_index is not null
        )
        group by part.block_id
    ),
    shared as ( -- grams of an allocation that lie below the end of one before it: none, or the ledger is broken
        select block_id, sum(greatest(0, least(stop, coalesce(reached, start)) - start))::bigint as grams
        from (
            select
                block_id, lower(grams) as start, upper(grams) as stop, max(upper(grams)) over (
                    partition by block_id order by lower(grams), id rows between unbounded preceding and 1 preceding
                ) as reached
            from ops.allocations
        ) as part
        group by block_id
    ),
    done as (
        select
            block_id,
            jsonb_agg(
                jsonb_build_object(
                    'first_unit', lower(units), 'last_unit', upper(units) - 1, 'retired_on', retired_on,
                    'registry_retirement_id', registry_retirement_id, 'public_url', public_url,
                    'evidence_sha256', evidence_sha256
                ) order by lower(units)
            ) as retirements
        from ops.retirements where state = 'retired'
        group by block_id
    )
    select
        block.registry, block.serial_number_block, block.project_id, block.project_name, block.host_country,
        block.project_type, block.methodology, block.mitigation_class, block.unit_type, block.vintage_year,
        block.unit_registry_link, block.unit_size_grams, block.unit_count,
        (balance.held_grams + balance.ordered_grams) / block.unit_size_grams,
        balance.retired_grams / block.unit_size_grams, balance.invalidated_grams / block.unit_size_grams,
        balance.total_grams, balance.retired_grams, balance.allotted_grams, balance.free_grams,
        coalesce(shared.grams, 0), coalesce(stated.receipts, 0), coalesce(stated.grams, 0),
        coalesce(logged.receipts, 0), coalesce(logged.grams, 0), coalesce(done.retirements, '[]')
    from ops.credit_blocks as block
    join ops.credit_balances as balance on balance.block_id = block.id
    left join logged on logged.registry = block.registry and logged.serial = block.serial_number_block
    left join stated on stated.block_id = block.id
    left join shared on shared.block_id = block.id
    left join done on done.block_id = block.id
    order by block.id
$$;
revoke execute on function ops.public_credit_pool from public;
grant execute on function ops.public_credit_pool to carbonledger_app, carbonledger_worker;
