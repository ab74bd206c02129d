-- What a person settles for themselves: a name, the password, where they are signed in, which notices they have read.
-- Written by app/accounts.
alter table ops.users add column display_name text
check (char_length(display_name) between 1 and 80 and display_name !~ '[[:cntrl:]]');
comment on column ops.users.display_name is 'Beside the e-mail, where members are listed; null: the e-mail alone.';

-- A notice is one fact, told to every owner of then: the first of its rows in the outbox stands for it.
create table ops.notice_reads (
    org_id bigint not null,
    user_id bigint not null,
    notice_id bigint not null references ops.outbox (id) on delete cascade,
    read_at timestamptz not null,
    primary key (org_id, user_id, notice_id),
    foreign key (org_id, user_id) references ops.memberships (org_id, user_id) on delete cascade
);
create index notice_reads_notice on ops.notice_reads (notice_id);
call ops.protect_tenant_table('ops.notice_reads');
grant select, insert, delete on ops.notice_reads to carbonledger_app;
create index outbox_in_app on ops.outbox (org_id, id) where channel = 'in_app';
create index audit_log_act on ops.audit_log (org_id, act, id);

-- A person, for themselves.
create function ops.person(given_user_id bigint)
returns table (email text, display_name text, password_hash text)
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select email, display_name, password_hash from ops.users where id = given_user_id;
end;

create function ops.name_person(given_user_id bigint, given_name text)
returns void
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    update ops.users set display_name = given_name where id = given_user_id;
end;

-- The display names among the members of the tenant that this transaction names.
create function ops.names_of_tenant()
returns table (user_id bigint, display_name text)
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select users.id, users.display_name
    from ops.memberships join ops.users on users.id = memberships.user_id
    where memberships.org_id = ops.current_org_id() and users.display_name is not null;
end;

-- Where a person is signed in, newest first.
create function ops.sessions_of_user(given_user_id bigint, given_at timestamptz)
returns table (token_hash bytea, org_id bigint, organization text, created_at timestamptz, expires_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select sessions.token_hash, organizations.id, organizations.name, sessions.created_at, sessions.expires_at
    from ops.sessions join ops.organizations on organizations.id = sessions.org_id
    where sessions.user_id = given_user_id and sessions.expires_at > given_at
    order by sessions.created_at desc, sessions.token_hash;
end;

-- End all sessions of a person but one. Answers the organizations that they were in, for the audit logs.
create function ops.end_other_sessions(given_user_id bigint, kept_token_hash bytea)
returns bigint[]
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    with ended as (
        delete from ops.sessions where user_id = given_user_id and token_hash <> kept_token_hash
        returning org_id
    )
    select coalesce(array_agg(distinct org_id order by org_id), '{}') from ended;
end;

-- Set a person's password, as long as it still is the one that was checked. Open reset links are used up, all sessions
-- but one end. Answers the person's organizations, for the audit logs; null if the password has changed meanwhile.
create function ops.change_password(
    given_user_id bigint, present_password_hash text, given_password_hash text, kept_token_hash bytea,
    given_at timestamptz
)
returns bigint[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ops.users set password_hash = given_password_hash
    where id = given_user_id and password_hash = present_password_hash;
    if not found then
        return null;
    end if;
    update ops.password_resets set used_at = given_at where user_id = given_user_id and used_at is null;
    delete from ops.sessions where user_id = given_user_id and token_hash <> kept_token_hash;
    return array(select org_id from ops.memberships where user_id = given_user_id order by org_id);
end
$$;

do $$
declare
    entrance regprocedure;
begin
    foreach entrance in array array[
        'ops.person', 'ops.name_person', 'ops.names_of_tenant', 'ops.sessions_of_user', 'ops.end_other_sessions',
        'ops.change_password'
    ]::regproc[]
    loop
        execute format('revoke all on function %s from public', entrance);
        execute format('grant execute on function %s to carbonledger_app', entrance);
    end loop;
end
$$;

-- An organization that is deleted: people, labels, payloads and secrets go; what was counted, sealed, allotted and
-- logged stays under its id. active -> deleting (nobody gets in, nothing is polled) -> deleted (core/erasure.py).
alter table ops.organizations
add column state text not null default 'active' check (state in ('active', 'deleting', 'deleted')),
add column deletion_requested_at timestamptz,
add column people_to_erase bigint[],
add column deleted_at timestamptz,
add check ((state = 'active') = (deletion_requested_at is null)),
add check ((state = 'deleting') = (people_to_erase is not null)),
add check ((state = 'deleted') = (deleted_at is not null));
create index organizations_deleting on ops.organizations (id) where state = 'deleting';

-- What has to be done before: a plan that is paid for, a period that is not closed, a receipt that is not issued.
create function ops.deletion_blockers(of_org_id bigint)
returns table (what text, until timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select 'subscription', max(upper(current_span)) from ops.subscriptions
    where org_id = of_org_id and status not in ('canceled', 'incomplete', 'incomplete_expired')
    having count(*) > 0
    union all
    select 'period', max(coalesce(close_at, upper(span))) from ops.billing_periods
    where org_id = of_org_id and funding <> 'free' and state not in ('closed', 'waived')
    having count(*) > 0
    union all
    select 'receipt', max(closed_at) from ops.billing_periods as period
    where org_id = of_org_id and state = 'closed' and funding = 'paid' and has_usage_data and (
        not exists (select from ops.receipts where receipts.period_id = period.id)
        or exists (select from ops.receipts where receipts.period_id = period.id and receipts.state <> 'issued')
    )
    having count(*) > 0
$$;

-- Of the tenant that the transaction names. True: it began now; false: it had begun, or there is no such organization.
create function ops.begin_organization_deletion(given_actor text, given_at timestamptz)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    given_org_id constant bigint := ops.current_org_id();
begin
    perform from ops.organizations where id = given_org_id and state = 'active' for update;
    if not found then
        return false;
    end if;
    if exists (select from ops.deletion_blockers(given_org_id)) then
        raise exception 'organization % is not ready to be deleted', given_org_id using errcode = 'restrict_violation';
    end if;
    update ops.organizations set
        state = 'deleting', deletion_requested_at = given_at, people_to_erase = array(
            select user_id from ops.memberships where org_id = given_org_id
            union
            select users.id from ops.users where users.last_org_id = given_org_id
                and not exists (select from ops.memberships where memberships.user_id = users.id)
        )
    where id = given_org_id;
    insert into ops.audit_log (org_id, at, actor, act, subject)
    values (given_org_id, given_at, given_actor, 'organization.deletion-requested', 'org_' || given_org_id);
    delete from ops.memberships where org_id = given_org_id; -- their sessions here end with them
    delete from ops.invitations where org_id = given_org_id;
    update ops.users set last_org_id = null where last_org_id = given_org_id;
    update ops.api_keys set revoked_at = given_at where org_id = given_org_id and revoked_at is null;
    update ops.connections set status = 'skipped', error_code = 'organization-deleted', error_sentence = null
    where org_id = given_org_id and status in ('active', 'error');
    update ops.sync_requests set
        state = 'failed', finished_at = given_at, lease_until = null, error_code = 'organization-deleted',
        error_sentence = 'The organization was deleted.'
    where org_id = given_org_id and finished_at is null;
    return true;
end
$$;

-- Of sealed usage the name of a project may be taken away, and of a receipt whom it was made out to: once, for good, and
-- only of an organization that is being deleted.
create function ops.guard_sealed_usage() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.project_name = 'Erased project ' || old.project_id
        and to_jsonb(new) - 'project_name' = to_jsonb(old) - 'project_name'
        and (select state from ops.organizations where id = old.org_id) = 'deleting' then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
drop trigger append_only on ops.sealed_usage;
create trigger append_only before update or delete on ops.sealed_usage
for each row execute function ops.guard_sealed_usage();

create function ops.erases_legal_name(was ops.receipts, becomes ops.receipts) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
    select becomes.legal_name = 'Erased organization'
        and to_jsonb(becomes) - 'legal_name' = to_jsonb(was) - 'legal_name'
        and (select state from ops.organizations where id = was.org_id) = 'deleting'
$$;
drop trigger guard on ops.receipts;
create trigger guard_deletion before delete on ops.receipts for each row execute function ops.guard_receipt();
create trigger guard before update on ops.receipts for each row when (not ops.erases_legal_name(old, new))
execute function ops.guard_receipt();

-- Rows as providers sent them, `most` at a time in the order of arrival. The last one looked at; null: there is none
-- after `after_id`.
create function ops.erase_payloads(given_org_id bigint, after_id bigint, most integer)
returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with found as (
        select observation_id from raw.usage_observations as seen
        join ops.organizations on organizations.id = seen.org_id and organizations.state = 'deleting'
        where seen.org_id = given_org_id and seen.observation_id > after_id and seen.payload is not null
        order by observation_id limit most
    ),
    erased as (
        update raw.usage_observations as seen set payload = null from found
        where seen.observation_id = found.observation_id returning seen.observation_id
    )
    select max(observation_id) from erased
$$;

-- People who belong nowhere else, and every text that people wrote. The keys and the receipts' vault are destroyed in
-- the secret store before.
create function ops.erase_texts(given_org_id bigint, given_at timestamptz)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    people bigint[];
begin
    select array(
        select person from unnest(people_to_erase) as person
        where not exists (select from ops.memberships where memberships.user_id = person)
    ) into people
    from ops.organizations where id = given_org_id and state = 'deleting' for update;
    if people is null then
        return;
    end if;
    delete from ops.outbox where org_id = given_org_id or (
        org_id is null and recipient in (select email from ops.users where id = any (people))
    );
    delete from ops.memberships where org_id = given_org_id;
    delete from ops.invitations where org_id = given_org_id;
    delete from ops.idempotent_replies where org_id = given_org_id;
    delete from ops.api_keys where org_id = given_org_id;
    delete from ops.account_identifiers where org_id = given_org_id;
    delete from ops.operators where user_id = any (people);
    delete from ops.password_resets where user_id = any (people);
    delete from ops.sessions where user_id = any (people);
    update ops.api_keys set created_by = null where created_by = any (people);
    update ops.invitations set created_by = null where created_by = any (people);
    delete from ops.users where id = any (people);
    update ops.audit_log set reason = null where org_id = given_org_id and reason is not null;
    update ops.connections set
        label = 'Erased connection', secret_arn = null, status = 'deleted', error_code = null, error_sentence = null,
        deleted_at = coalesce(deleted_at, given_at)
    where org_id = given_org_id;
    update ops.sync_requests set
        state = 'failed', finished_at = given_at, lease_until = null, error_code = 'organization-deleted'
    where org_id = given_org_id and finished_at is null;
    update ops.sync_requests set error_sentence = null where org_id = given_org_id;
    update ops.notification_targets set
        label = 'Erased', masked = 'Erased', secret_arn = null, removed_at = coalesce(removed_at, given_at)
    where org_id = given_org_id;
    update ops.projects set name = 'Erased project ' || id where org_id = given_org_id;
    update ops.usage_corrections set reason = 'Erased' where org_id = given_org_id;
    update ops.provider_accounts set external_id = null where org_id = given_org_id;
    update ops.sealed_usage set project_name = 'Erased project ' || project_id
    where org_id = given_org_id and project_name <> 'Erased project ' || project_id;
    update ops.receipts set legal_name = 'Erased organization' where org_id = given_org_id;
    update ops.invoices set hosted_invoice_url = null where org_id = given_org_id;
    update ops.stripe_events set body = '', state = case state when 'dead' then 'ignored' else state end
    where customer_id in (select stripe_customer_id from ops.billing_accounts where org_id = given_org_id)
        and state <> 'pending';
    update ops.organizations set name = 'Erased organization', legal_name = null where id = given_org_id;
end
$$;
alter table ops.invitations alter column created_by drop not null;

-- The end: no secret is named any more, and no build is under way that might have read a name before it was taken away.
create function ops.finish_organization_deletion(given_org_id bigint, given_at timestamptz)
returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with finished as (
        update ops.organizations set state = 'deleted', people_to_erase = null, deleted_at = given_at
        where id = given_org_id and state = 'deleting' and name = 'Erased organization'
            and not exists (select from ops.connections where org_id = given_org_id and secret_arn is not null)
            and not exists (select from ops.builds where state = 'running')
        returning id
    )
    select exists (select from finished)
$$;

revoke all on function ops.begin_organization_deletion from public;
revoke all on function ops.erase_payloads from public;
revoke all on function ops.erase_texts from public;
revoke all on function ops.finish_organization_deletion from public;
grant execute on function ops.begin_organization_deletion to carbonledger_app, carbonledger_worker;
grant execute on function ops.erase_payloads, ops.erase_texts, ops.finish_organization_deletion to carbonledger_worker;
