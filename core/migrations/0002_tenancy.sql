-- Organizations, people, and how they prove who they are. Written by app/accounts.
create table ops.organizations (
    id bigint generated always as identity primary key,
    name text not null check (char_length(name) between 1 and 120 and name !~ '[[:cntrl:]]'),
    tier text not null default 'free',
    created_at timestamptz not null
);
call ops.protect_tenant_table('ops.organizations', 'id');
grant select, update (name) on ops.organizations to carbonledger_app;
grant select on ops.organizations to carbonledger_worker;

-- A person may belong to several organizations, so this table has no tenant: the app role reaches it by functions only.
create table ops.users (
    id bigint generated always as identity primary key,
    email text not null unique check (email = lower(email) and char_length(email) <= 254),
    password_hash text not null,
    last_org_id bigint references ops.organizations (id),
    created_at timestamptz not null
);
comment on column ops.users.last_org_id is 'The organization that the next log-in opens, if they are still a member.';

create table ops.memberships (
    org_id bigint not null references ops.organizations (id),
    user_id bigint not null references ops.users (id),
    role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz not null,
    primary key (org_id, user_id)
);
create index memberships_user on ops.memberships (user_id);
call ops.protect_tenant_table('ops.memberships');
grant select, insert, update (role), delete on ops.memberships to carbonledger_app;
grant select on ops.memberships, ops.users to carbonledger_worker;

-- The cookie's random token is kept as its SHA-256. No tenant is known before it is looked up. Who stops being a member
-- has no session there any more: the foreign key sees to it.
create table ops.sessions (
    token_hash bytea primary key,
    user_id bigint not null references ops.users (id),
    org_id bigint not null references ops.organizations (id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    foreign key (org_id, user_id) references ops.memberships (org_id, user_id) on delete cascade
);
create index sessions_membership on ops.sessions (org_id, user_id);
create index sessions_user on ops.sessions (user_id);
call ops.protect_tenant_table('ops.sessions');

create table ops.api_keys (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    name text not null check (char_length(name) between 1 and 80 and name !~ '[[:cntrl:]]'),
    key_hash bytea not null unique,
    hint text not null,
    scopes text[] not null check (scopes <@ array['read', 'write'] and cardinality(scopes) > 0),
    created_by bigint references ops.users (id),
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
comment on column ops.api_keys.hint is 'The last four characters, to tell keys apart.';
call ops.protect_tenant_table('ops.api_keys');
grant select, insert, update (revoked_at) on ops.api_keys to carbonledger_app;

create table ops.invitations (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    email text not null check (email = lower(email)),
    role text not null check (role in ('admin', 'member', 'viewer')),
    token_hash bytea not null unique,
    created_by bigint not null references ops.users (id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz
);
create unique index invitations_one_open on ops.invitations (org_id, email) where accepted_at is null;
call ops.protect_tenant_table('ops.invitations');
grant select, insert, delete on ops.invitations to carbonledger_app;

create table ops.password_resets (
    token_hash bytea primary key,
    user_id bigint not null references ops.users (id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

-- Log-ins tried and mails asked for, counted per subject (a hash of address or e-mail) for throttling.
create table ops.throttle_events (
    subject bytea not null,
    act text not null,
    at timestamptz not null
);
create index throttle_events_subject on ops.throttle_events (subject, act, at);
create index throttle_events_at on ops.throttle_events (at);

create table ops.operators (
    user_id bigint primary key references ops.users (id),
    granted_at timestamptz not null
);

-- What people did, for their own organization to read. Written by every part; never changed.
create table ops.audit_log (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    at timestamptz not null,
    actor text not null,
    act text not null,
    subject text not null,
    reason text
);
create index audit_log_org on ops.audit_log (org_id, id);
call ops.protect_tenant_table('ops.audit_log');
grant select, insert on ops.audit_log to carbonledger_app, carbonledger_worker;

-- Replies to POSTs with an Idempotency-Key, as they were sent. No status: in flight; no body: the reply held a secret.
create table ops.idempotent_replies (
    org_id bigint not null references ops.organizations (id),
    key text not null check (char_length(key) between 1 and 255),
    request_hash bytea not null,
    status integer,
    location text,
    body text,
    created_at timestamptz not null,
    primary key (org_id, key)
);
call ops.protect_tenant_table('ops.idempotent_replies');
grant select, insert, update, delete on ops.idempotent_replies to carbonledger_app;

-- The outbox: a row in the same transaction as the fact; delivery with retries; one row a dedupe key. The body of a row
-- that holds a secret (a link that logs in) is wiped when it was sent or given up.
create table ops.outbox (
    id bigint generated always as identity primary key,
    org_id bigint references ops.organizations (id),
    dedupe_key text not null unique,
    channel text not null check (channel in ('email', 'operator', 'in_app')),
    recipient text,
    title text not null,
    body text not null,
    holds_secret boolean not null default false,
    created_at timestamptz not null,
    due_at timestamptz not null,
    attempts integer not null default 0,
    delivered_at timestamptz,
    failed_at timestamptz,
    last_error text
);
create index outbox_due on ops.outbox (due_at) where delivered_at is null and failed_at is null;
call ops.protect_tenant_table('ops.outbox');
-- Requests read what the app shows; a mail to one person is not for the others of the organization.
create policy in_app_only on ops.outbox as restrictive for select to carbonledger_app using (channel = 'in_app');
grant select, insert on ops.outbox to carbonledger_app;
grant select, insert, update, delete on ops.outbox to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_app, carbonledger_worker;
