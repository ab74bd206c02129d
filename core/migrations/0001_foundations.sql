-- Schemas, what each role may see of them, and the helpers that the other migrations use.
create schema raw;
create schema reference;
create schema staging;
create schema intermediate;
create schema marts;

grant usage on schema ops, marts, reference to carbonledger_app;
grant usage on schema ops, raw to carbonledger_worker;
grant usage, create on schema reference, staging, intermediate, marts to carbonledger_worker;

-- Equality inside an exclusion constraint without contrib extensions is a range of one value.
create type ops.text_range as range (subtype = text);

-- The tenant that `tenant(org_id)` named in this transaction; null outside one, and null equals nothing.
create function ops.current_org_id() returns bigint
language sql stable parallel safe
return nullif(current_setting('app.org_id', true), '')::bigint;

grant execute on function ops.current_org_id() to public;

-- Row-level security as every tenant table has it: the app role sees its tenant, worker and owner see all.
create procedure ops.protect_tenant_table(target regclass, tenant_column text default 'org_id')
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s for all to carbonledger_app using (%I = ops.current_org_id())'
        ' with check (%I = ops.current_org_id())', target, tenant_column, tenant_column
    );
    execute format('create policy worker on %s for all to carbonledger_worker using (true) with check (true)', target);
    execute format('create policy owner on %s for all to carbonledger_owner using (true) with check (true)', target);
end
$$;
