-- Receipts, the keys that sign them, and the transparency log. Written by receipts. Hashes are SHA-256.

alter table ops.organizations add column legal_name text check (legal_name <> '' and length(legal_name) <= 200);
comment on column ops.organizations.legal_name is 'As receipts print it; null: the organization''s name.';
grant update (legal_name) on ops.organizations to carbonledger_app;

-- One row, laid with the first key: a receipt's issuer never changes its name.
create table ops.receipt_issuer (
    is_only boolean primary key default true check (is_only),
    did text not null check (did ~ '^did:web:[^\s]+$'),
    log_origin text not null,
    is_test boolean not null,
    created_at timestamptz not null
);
comment on column ops.receipt_issuer.is_test is 'Its domain is a reserved one: every receipt says that it is a test.';

-- Public halves are published for ever; the private half is in the secret store.
create table ops.signing_keys (
    kid text primary key check (kid ~ '^[A-Za-z0-9_-]{43}$'), -- RFC 7638 thumbprint
    purpose text not null check (purpose in ('receipt', 'log')),
    public_key bytea not null unique check (octet_length(public_key) = 32),
    secret_arn text not null unique,
    state text not null default 'active' check (state in ('active', 'retired', 'revoked')),
    created_at timestamptz not null,
    retired_at timestamptz,
    revoked_at timestamptz,
    revoke_reason text,
    check ((state = 'revoked') = (revoked_at is not null)),
    check ((revoked_at is null) = (revoke_reason is null)),
    check (state <> 'retired' or retired_at is not null)
);
create unique index one_active_key on ops.signing_keys (purpose) where state = 'active';

-- The log: an RFC 6962 tree. A leaf's data is the canonical JSON of one fact and names no customer.
create table ops.log_leaves (
    leaf_index bigint primary key check (leaf_index >= 0),
    kind text not null check (kind in ('receipt', 'retire', 'alloc', 'void', 'key', 'rendition')),
    data bytea not null check (octet_length(data) between 1 and 65535),
    leaf_hash bytea not null unique check (octet_length(leaf_hash) = 32),
    appended_at timestamptz not null
);
-- Hashes of all complete subtrees: node (level, n) covers leaves [n * 2^level, (n + 1) * 2^level).
create table ops.log_nodes (
    level integer not null check (level between 0 and 62),
    node_index bigint not null check (node_index >= 0),
    hash bytea not null check (octet_length(hash) = 32),
    primary key (level, node_index)
);
create table ops.log_checkpoints (
    tree_size bigint primary key check (tree_size > 0),
    root_hash bytea not null check (octet_length(root_hash) = 32),
    note text not null, -- C2SP signed note, served as it is
    kid text not null references ops.signing_keys (kid),
    signed_at timestamptz not null
);

-- What seals an organization's receipts where they are stored; destroyed with the organization.
create table ops.receipt_vaults (
    org_id bigint primary key references ops.organizations (id),
    secret_arn text not null unique,
    created_at timestamptz not null
);
call ops.protect_tenant_table('ops.receipt_vaults');

-- ordered (who and what it is for is fixed) -> signed -> logged -> issued (printed, the owner told). One a closed
-- period; a replacement is the next version of it.
create table ops.receipts (
    id bigint generated always as identity primary key,
    receipt_id text not null unique check (receipt_id ~ '^[0-9a-f]{32}$'), -- 128 random bits
    serial text not null unique,
    org_id bigint not null,
    period_id bigint not null,
    version integer not null default 1 check (version > 0),
    supersedes_id bigint unique references ops.receipts (id),
    legal_name text not null,
    is_test boolean not null,
    state text not null default 'ordered' check (state in ('ordered', 'signed', 'logged', 'issued')),
    ordered_at timestamptz not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    last_error text,
    kid text references ops.signing_keys (kid),
    document_sha256 text unique check (document_sha256 ~ '^[0-9a-f]{64}$'), -- of the canonical JSON with its proof
    sealed_document bytea,
    usage_sha256 text check (usage_sha256 ~ '^[0-9a-f]{64}$'),
    signed_at timestamptz,
    log_index bigint unique references ops.log_leaves (leaf_index),
    log_size bigint references ops.log_checkpoints (tree_size), -- the first checkpoint that has it
    logged_at timestamptz,
    pdf_sha256 text unique check (pdf_sha256 ~ '^[0-9a-f]{64}$'),
    sealed_pdf bytea,
    pdf_log_index bigint unique references ops.log_leaves (leaf_index),
    issued_at timestamptz,
    unique (org_id, id),
    unique (period_id, version),
    foreign key (org_id, period_id) references ops.billing_periods (org_id, id),
    check ((version = 1) = (supersedes_id is null)),
    check ((state <> 'ordered') = (num_nonnulls(kid, document_sha256, sealed_document, usage_sha256, signed_at) = 5)),
    check ((state in ('logged', 'issued')) = (num_nonnulls(log_index, log_size, logged_at) = 3)),
    check ((state = 'issued') = (num_nonnulls(pdf_sha256, sealed_pdf, pdf_log_index, issued_at) = 4))
);
create index billing_periods_with_receipt on ops.billing_periods (closed_at, id)
where state = 'closed' and funding = 'paid' and has_usage_data;
create index receipts_due on ops.receipts (next_attempt_at, id) where state <> 'issued';
comment on column ops.receipts.sealed_document is 'The signed receipt, sealed with the organization''s key.';
call ops.protect_tenant_table('ops.receipts');

-- What a receipt says stands; only how far its issuing has come goes on, and no hash changes once it is there.
create function ops.guard_receipt() returns trigger language plpgsql as $$
declare
    facts constant text[] := array[
        'id', 'receipt_id', 'serial', 'org_id', 'period_id', 'version', 'supersedes_id', 'legal_name', 'is_test',
        'ordered_at'
    ];
    once text[] := array[
        'kid', 'document_sha256', 'sealed_document', 'usage_sha256', 'signed_at', 'log_index', 'log_size', 'logged_at',
        'pdf_sha256', 'sealed_pdf', 'pdf_log_index', 'issued_at'
    ];
    fact text;
    was jsonb;
    becomes jsonb;
begin
    if tg_op = 'DELETE' then
        raise exception 'a receipt is never deleted, it is voided' using errcode = 'restrict_violation';
    end if;
    if old.state = 'signed' and new.state = 'ordered' then
        once := '{}'; -- before the log had it its key was revoked or its credits invalidated: it is signed once more
    end if;
    was := to_jsonb(old);
    becomes := to_jsonb(new);
    foreach fact in array facts || once loop
        if becomes -> fact is distinct from was -> fact
            and (fact = any (facts) or jsonb_typeof(was -> fact) <> 'null') then
            raise exception 'the % of receipt % does not change', fact, old.serial using errcode = 'restrict_violation';
        end if;
    end loop;
    return new;
end
$$;
create trigger guard before update or delete on ops.receipts for each row execute function ops.guard_receipt();

create table ops.receipt_voids (
    receipt_row_id bigint primary key,
    org_id bigint not null,
    reason_code text not null check (reason_code in ('credit_invalidated', 'error_found', 'key_compromised')),
    note text not null check (note <> '' and length(note) <= 500), -- for the owner and operators; not public
    is_to_be_replaced boolean not null,
    voided_by text not null,
    voided_at timestamptz not null,
    log_index bigint unique references ops.log_leaves (leaf_index), -- null: not yet in the log
    foreign key (org_id, receipt_row_id) references ops.receipts (org_id, id)
);
call ops.protect_tenant_table('ops.receipt_voids');

create trigger append_only before update or delete on ops.log_leaves
for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.log_nodes
for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.log_checkpoints
for each row execute function ops.refuse_change();
create trigger append_only before update or delete on ops.receipt_issuer
for each row execute function ops.refuse_change();

-- For whoever verifies, before any tenant is known: an issued receipt by its serial, by its document's hash, or by its
-- PDF's. No row: unknown and not yet issued look alike. Bodies stay sealed; who opens one has the secret store.
create function ops.public_receipt(given_serial text, given_document_sha256 text, given_pdf_sha256 text)
returns table (
    org_id bigint, id bigint, receipt_id text, serial text, kid text, document_sha256 text, sealed_document bytea,
    vault_arn text, log_index bigint, log_size bigint, pdf_sha256 text, issued_at timestamptz, is_test boolean,
    void_reason_code text, voided_at timestamptz, supersedes text, superseded_by text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select
        receipt.org_id, receipt.id, receipt.receipt_id, receipt.serial, receipt.kid, receipt.document_sha256,
        receipt.sealed_document, vault.secret_arn, receipt.log_index, receipt.log_size, receipt.pdf_sha256,
        receipt.issued_at, receipt.is_test, void.reason_code, void.voided_at, earlier.serial, later.serial
    from ops.receipts as receipt
    join ops.receipt_vaults as vault on vault.org_id = receipt.org_id
    left join ops.receipt_voids as void on void.receipt_row_id = receipt.id
    left join ops.receipts as earlier on earlier.id = receipt.supersedes_id
    left join ops.receipts as later on later.supersedes_id = receipt.id and later.state = 'issued'
    where receipt.state = 'issued' and (
        receipt.serial = given_serial or receipt.document_sha256 = given_document_sha256
        or receipt.pdf_sha256 = given_pdf_sha256
    )
$$;
revoke execute on function ops.public_receipt from public;
grant execute on function ops.public_receipt to carbonledger_app, carbonledger_worker;

grant select on
    ops.receipt_issuer, ops.log_leaves, ops.log_nodes, ops.log_checkpoints, ops.receipts, ops.receipt_voids,
    ops.receipt_vaults
to carbonledger_app;
grant select (kid, purpose, public_key, state, created_at, retired_at, revoked_at) on ops.signing_keys
to carbonledger_app;
grant select, insert on
    ops.receipt_issuer, ops.log_leaves, ops.log_nodes, ops.log_checkpoints, ops.receipt_vaults
to carbonledger_worker;
grant select, insert, update on ops.signing_keys, ops.receipts, ops.receipt_voids to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_worker;
