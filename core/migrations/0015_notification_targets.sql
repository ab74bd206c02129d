-- Where an organization wants to be told beside the app and its owners' mail. The URL, which holds passwords and
-- tokens, lies in the secret store; a removed target keeps its row for the messages that name it.
create table ops.notification_targets (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    kind text not null check (kind in ('mail', 'webhook', 'slack', 'discord', 'teams', 'ntfy', 'telegram')),
    label text not null,
    masked text not null,
    secret_arn text,
    created_at timestamptz not null,
    last_tried_at timestamptz,
    last_error_code text,
    removed_at timestamptz,
    unique (org_id, id),
    check ((secret_arn is null) = (removed_at is not null)),
    check (last_error_code is null or last_tried_at is not null)
);
comment on column ops.notification_targets.masked is 'What may be shown of the URL.';
comment on column ops.notification_targets.last_error_code is 'Of the last message that was tried; null: it arrived.';
call ops.protect_tenant_table('ops.notification_targets');
grant select, insert, update (secret_arn, removed_at, last_tried_at, last_error_code)
on ops.notification_targets to carbonledger_app;
grant select, update (last_tried_at, last_error_code) on ops.notification_targets to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_app;

alter table ops.outbox
add column target_id bigint,
add foreign key (org_id, target_id) references ops.notification_targets (org_id, id),
drop constraint outbox_channel_check,
add constraint outbox_channel_check check (channel in ('email', 'operator', 'in_app', 'target')),
add check ((channel = 'target') = (target_id is not null)),
add check (target_id is null or org_id is not null);
