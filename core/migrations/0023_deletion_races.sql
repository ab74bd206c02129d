-- A period whose payment failed or was taken back is not paid for: nothing will be retired for it, and its organization
-- would wait for its close for ever. Otherwise as in 0020.
create or replace function ops.deletion_blockers(of_org_id bigint)
returns table (what text, until timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select 'subscription', max(upper(current_span)) from ops.subscriptions
    where org_id = of_org_id and status not in ('canceled', 'incomplete', 'incomplete_expired')
    having count(*) > 0
    union all
    select 'period', max(coalesce(close_at, upper(span))) from ops.billing_periods
    where org_id = of_org_id and funding <> 'free' and state not in ('closed', 'waived', 'failed')
    having count(*) > 0
    union all
    select 'receipt', max(closed_at) from ops.billing_periods as period
    where org_id = of_org_id and state = 'closed' and funding = 'paid' and has_usage_data and (
        not exists (select from ops.receipts where receipts.period_id = period.id)
        or exists (select from ops.receipts where receipts.period_id = period.id and receipts.state <> 'issued')
    )
    having count(*) > 0
$$;

-- Before erase_texts, in its transaction. Who accepted an invitation in the moment of the deletion goes with the others;
-- and a project that somebody has called "Erased project 7" does not stand in the way of the seventh.
create function ops.prepare_erasure(given_org_id bigint)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform from ops.organizations where id = given_org_id and state = 'deleting' for update;
    if not found then
        return;
    end if;
    update ops.organizations set people_to_erase = array(
        select unnest(people_to_erase) union select user_id from ops.memberships where org_id = given_org_id
    )
    where id = given_org_id;
    delete from ops.memberships where org_id = given_org_id;
    update ops.users set last_org_id = null where last_org_id = given_org_id;
    update ops.projects set name = 'Erased ' || gen_random_uuid() where org_id = given_org_id;
end
$$;
revoke all on function ops.prepare_erasure from public;
grant execute on function ops.prepare_erasure to carbonledger_worker;
