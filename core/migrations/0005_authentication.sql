-- What has to happen before a tenant is known, and what touches people, who belong to no one tenant. The app role reaches
-- ops.users, ops.sessions, ops.password_resets and ops.throttle_events through these functions only.
--
-- Each runs as its owner with a fixed search_path, and may be executed by the app role alone. Tokens and keys arrive as
-- SHA-256, passwords as argon2id strings; the instant is an argument.

-- Sign-up: organization, person, and the membership that makes the person its owner. A unique_violation means that the
-- e-mail is taken. The default project and the audit row follow in the same transaction, under the tenant made here.
create function ops.sign_up(given_email text, given_password_hash text, given_organization text, given_at timestamptz)
returns table (user_id bigint, org_id bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    new_user_id bigint;
    new_org_id bigint;
begin
    insert into ops.users (email, password_hash, created_at) values (given_email, given_password_hash, given_at)
    returning id into new_user_id;
    insert into ops.organizations (name, created_at) values (given_organization, given_at)
    returning id into new_org_id;
    insert into ops.memberships (org_id, user_id, role, created_at) values (new_org_id, new_user_id, 'owner', given_at);
    return query select new_user_id, new_org_id;
end
$$;

-- What a log-in compares the password with; no row for an e-mail that nobody has.
create function ops.password_of_email(given_email text)
returns table (user_id bigint, password_hash text)
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select id, password_hash from ops.users where email = given_email;
end;

-- A session in `given_org_id`, or where null in the organization used last, else the oldest membership. Null if the
-- person is no member (there). Sessions of theirs that have expired go away.
create function ops.begin_session(
    given_token_hash bytea, given_user_id bigint, given_org_id bigint, given_at timestamptz, given_expires_at timestamptz
)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    chosen bigint;
begin
    select memberships.org_id into chosen
    from ops.memberships join ops.users on users.id = memberships.user_id
    where memberships.user_id = given_user_id and (given_org_id is null or memberships.org_id = given_org_id)
    order by memberships.org_id = users.last_org_id desc nulls last, memberships.created_at, memberships.org_id
    limit 1;
    if chosen is null then
        return null;
    end if;
    delete from ops.sessions where user_id = given_user_id and expires_at <= given_at;
    insert into ops.sessions (token_hash, user_id, org_id, created_at, expires_at)
    values (given_token_hash, given_user_id, chosen, given_at, given_expires_at);
    update ops.users set last_org_id = chosen where id = given_user_id and last_org_id is distinct from chosen;
    return chosen;
end
$$;

-- Who a session is, as long as they are a member; rolls its end forward, once a day, up to `longest` after its start.
create function ops.session_principal(
    given_token_hash bytea, given_at timestamptz, idle interval, longest interval
)
returns table (user_id bigint, org_id bigint, role text)
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    with rolled as (
        update ops.sessions set expires_at = least(given_at + idle, created_at + longest)
        where token_hash = given_token_hash and expires_at > given_at
            and expires_at < least(given_at + idle - interval '1 day', created_at + longest)
    )
    select sessions.user_id, sessions.org_id, memberships.role
    from ops.sessions
    join ops.memberships on memberships.org_id = sessions.org_id and memberships.user_id = sessions.user_id
    where sessions.token_hash = given_token_hash and sessions.expires_at > given_at;
end;

-- Log-out. Answers whose session it was, if there was one.
create function ops.end_session(given_token_hash bytea)
returns table (user_id bigint, org_id bigint)
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    delete from ops.sessions where token_hash = given_token_hash returning user_id, org_id;
end;

-- Move a live session to another organization of the same person; false if they are no member there.
create function ops.switch_session(given_token_hash bytea, given_org_id bigint, given_at timestamptz)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ops.sessions set org_id = given_org_id
    where token_hash = given_token_hash and expires_at > given_at and exists (
        select from ops.memberships where org_id = given_org_id and user_id = sessions.user_id
    );
    if not found then
        return false;
    end if;
    update ops.users set last_org_id = given_org_id
    where id = (select user_id from ops.sessions where token_hash = given_token_hash);
    return true;
end
$$;

-- Whose key it is, unless expired or revoked; notes its use, once a minute.
create function ops.api_key_principal(given_key_hash bytea, given_at timestamptz)
returns table (api_key_id bigint, org_id bigint, scopes text[])
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    with used as (
        update ops.api_keys set last_used_at = given_at
        where key_hash = given_key_hash and revoked_at is null and (expires_at is null or expires_at > given_at)
            and (last_used_at is null or last_used_at < given_at - interval '1 minute')
    )
    select id, org_id, scopes from ops.api_keys
    where key_hash = given_key_hash and revoked_at is null and (expires_at is null or expires_at > given_at);
end;

-- The organizations of one person, for the person: the only look across tenants that a request has.
create function ops.organizations_of_user(given_user_id bigint)
returns table (org_id bigint, name text, tier text, role text)
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select organizations.id, organizations.name, organizations.tier, memberships.role
    from ops.memberships join ops.organizations on organizations.id = memberships.org_id
    where memberships.user_id = given_user_id
    order by organizations.name, organizations.id;
end;

-- The members of the tenant that this transaction names, with their e-mails.
create function ops.members_of_tenant()
returns table (user_id bigint, email text, role text, created_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select users.id, users.email, memberships.role, memberships.created_at
    from ops.memberships join ops.users on users.id = memberships.user_id
    where memberships.org_id = ops.current_org_id()
    order by memberships.created_at, users.id;
end;

-- One more try of `given_act` by each subject, if each has had fewer than its limit within its window. Null: let through
-- and counted. Otherwise the instant from which on the next try is let through; a try that is refused is not counted.
create function ops.count_attempt(
    given_act text, subjects bytea[], limits integer[], windows interval[], given_at timestamptz
)
returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    place integer;
    again_at timestamptz;
    latest timestamptz;
begin
    delete from ops.throttle_events where at < given_at - interval '2 days';
    -- In one order for everybody, or two tries by the same subjects could wait for each other.
    perform pg_advisory_xact_lock(key) from (
        select ('x' || substr(encode(subject, 'hex'), 1, 16))::bit(64)::bigint as key from unnest(subjects) as subject
        order by 1
    ) as keys;
    for place in 1 .. cardinality(subjects) loop
        -- The limit-th youngest try within the window: when it leaves the window there is room for one more.
        select at + windows[place] into again_at from ops.throttle_events
        where subject = subjects[place] and act = given_act and at > given_at - windows[place]
        order by at desc offset limits[place] - 1 limit 1;
        latest := greatest(latest, again_at);
    end loop;
    if latest is null then
        insert into ops.throttle_events (subject, act, at) select subject, given_act, given_at from unnest(subjects) as subject;
    end if;
    return latest;
end
$$;

-- Forget the tries of a subject that has proved who it is.
create function ops.forget_attempts(given_act text, subjects bytea[])
returns void
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    delete from ops.throttle_events where act = given_act and subject = any (subjects);
end;

-- A reset link for whoever has this e-mail, with its mail in the outbox; nothing at all for an e-mail that nobody has.
create function ops.begin_password_reset(
    given_email text, given_token_hash bytea, mail_title text, mail_body text, given_at timestamptz, given_expires_at timestamptz
)
returns void
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    with reset as (
        insert into ops.password_resets (token_hash, user_id, created_at, expires_at)
        select given_token_hash, id, given_at, given_expires_at from ops.users where email = given_email
        returning token_hash
    )
    insert into ops.outbox (dedupe_key, channel, recipient, title, body, holds_secret, created_at, due_at)
    select 'password-reset:' || encode(token_hash, 'hex'), 'email', given_email, mail_title, mail_body, true,
        given_at, given_at
    from reset;
end;

-- Whose reset link it is, while it can be used; else null.
create function ops.email_of_password_reset(given_token_hash bytea, given_at timestamptz)
returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select users.email from ops.password_resets join ops.users on users.id = password_resets.user_id
    where password_resets.token_hash = given_token_hash
        and password_resets.used_at is null and password_resets.expires_at > given_at;
end;

-- Set the password by a link. The link and every other open one of the person are used up, and all their sessions end.
-- Answers the person and their organizations, for the audit logs; no row if the link cannot be used.
create function ops.finish_password_reset(given_token_hash bytea, given_password_hash text, given_at timestamptz)
returns table (user_id bigint, org_ids bigint[])
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    person bigint;
begin
    update ops.password_resets set used_at = given_at
    where token_hash = given_token_hash and used_at is null and expires_at > given_at
    returning password_resets.user_id into person;
    if person is null then
        return;
    end if;
    update ops.password_resets set used_at = given_at where user_id = person and used_at is null;
    update ops.users set password_hash = given_password_hash where id = person;
    delete from ops.sessions where user_id = person;
    return query select person, array(select org_id from ops.memberships where user_id = person order by org_id);
end
$$;

-- What an invitation link says before it is accepted; no row if it cannot be used.
create function ops.open_invitation(given_token_hash bytea, given_at timestamptz)
returns table (organization text, email text, role text, has_account boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select organizations.name, invitations.email, invitations.role,
        exists (select from ops.users where users.email = invitations.email)
    from ops.invitations
    join ops.organizations on organizations.id = invitations.org_id
    where invitations.token_hash = given_token_hash
        and invitations.accepted_at is null and invitations.expires_at > given_at;
end;

-- Accept: the person (made now, if `given_user_id` is null) becomes a member. No row if the link cannot be used, or was
-- meant for somebody else. Who is a member already keeps the role.
create function ops.accept_invitation(
    given_token_hash bytea, given_user_id bigint, given_password_hash text, given_at timestamptz
)
returns table (user_id bigint, org_id bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    invitation ops.invitations;
    person bigint := given_user_id;
begin
    update ops.invitations set accepted_at = given_at
    where token_hash = given_token_hash and accepted_at is null and expires_at > given_at
        and (given_user_id is null or email = (select users.email from ops.users where id = given_user_id))
    returning * into invitation;
    if invitation.id is null then
        return;
    end if;
    if person is null then
        insert into ops.users (email, password_hash, created_at)
        values (invitation.email, given_password_hash, given_at)
        returning id into person;
    end if;
    insert into ops.memberships (org_id, user_id, role, created_at)
    values (invitation.org_id, person, invitation.role, given_at)
    on conflict do nothing;
    return query select person, invitation.org_id;
end
$$;

do $$
declare
    entrance regprocedure;
begin
    for entrance in
        select oid::regprocedure from pg_proc where pronamespace = 'ops'::regnamespace and prosecdef
    loop
        execute format('revoke all on function %s from public', entrance);
        execute format('grant execute on function %s to carbonledger_app', entrance);
    end loop;
end
$$;
