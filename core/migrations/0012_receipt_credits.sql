-- Which grams a receipt states, fixed when it is signed. A receipt of which a gram is voided is to be voided, too.
-- Written by receipts.
create table ops.receipt_credits (
    receipt_row_id bigint not null,
    org_id bigint not null,
    period_id bigint not null,
    allocation_id bigint not null,
    grams int8range not null check (not isempty(grams) and not lower_inf(grams) and not upper_inf(grams)),
    primary key (receipt_row_id, allocation_id, grams),
    foreign key (org_id, receipt_row_id) references ops.receipts (org_id, id),
    foreign key (org_id, period_id, allocation_id) references ops.allocations (org_id, period_id, id)
);
create index receipt_credits_allocation on ops.receipt_credits (allocation_id);
call ops.protect_tenant_table('ops.receipt_credits');

create function ops.guard_receipt_credit() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        if tg_op = 'DELETE' and (select state = 'ordered' from ops.receipts where id = old.receipt_row_id) then
            return old;
        end if;
        raise exception 'what receipt % states does not change', old.receipt_row_id
            using errcode = 'restrict_violation';
    end if;
    if not exists (
        select from ops.receipts as receipt
        join ops.allocations_in_force as part on part.org_id = receipt.org_id and part.period_id = receipt.period_id
        where receipt.id = new.receipt_row_id and receipt.period_id = new.period_id
            and part.allocation_id = new.allocation_id and part.grams = new.grams
    ) then
        raise exception 'grams % of allocation % do not back receipt %', new.grams, new.allocation_id,
            new.receipt_row_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger guard before insert or update or delete on ops.receipt_credits
for each row execute function ops.guard_receipt_credit();

-- A receipt that goes back to be signed once more, before the log had it, states what backs its period then.
create function ops.forget_receipt_credits() returns trigger language plpgsql as $$
begin
    delete from ops.receipt_credits where receipt_row_id = new.id;
    return null;
end
$$;
create trigger forget_credits after update on ops.receipts
for each row when (old.state = 'signed' and new.state = 'ordered') execute function ops.forget_receipt_credits();

-- No receipt is signed before its period has all of its grams: after an invalidation the replacement waits for them.
create function ops.refuse_unbacked_receipt() returns trigger language plpgsql as $$
begin
    if (select retire_grams from ops.billing_periods where id = new.period_id) <> (
        select coalesce(sum(upper(grams) - lower(grams)), 0) from ops.receipt_credits where receipt_row_id = new.id
    ) then
        raise exception 'receipt % does not state the grams of its period', new.serial using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger backed_by_credits before update on ops.receipts
for each row when (old.state = 'ordered' and new.state <> 'ordered') execute function ops.refuse_unbacked_receipt();

grant select on ops.receipt_credits to carbonledger_app;
grant select, insert, delete on ops.receipt_credits to carbonledger_worker;
