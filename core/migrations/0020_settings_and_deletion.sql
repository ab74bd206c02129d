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
