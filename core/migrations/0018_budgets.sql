-- What an organization, or one of its projects, may emit in a calendar month (UTC). Written by budgets.
create table ops.budgets (
    id bigint generated always as identity primary key,
    org_id bigint not null references ops.organizations (id),
    project_id bigint,
    version integer not null default 1 check (version > 0),
    created_at timestamptz not null,
    paused_at timestamptz,
    removed_at timestamptz,
    unique (org_id, id),
    foreign key (org_id, project_id) references ops.projects (org_id, id)
);
comment on column ops.budgets.project_id is 'Null: the organization as a whole.';
comment on column ops.budgets.version is 'Of the terms in force.';
comment on column ops.budgets.paused_at is 'Still shown; nobody is told.';
create unique index budgets_one_each on ops.budgets (org_id, project_id) nulls not distinct where removed_at is null;
call ops.protect_tenant_table('ops.budgets');

-- What a budget says, and said before: a change is a new row, none is changed.
create table ops.budget_terms (
    budget_id bigint not null,
    version integer not null check (version > 0),
    org_id bigint not null,
    limit_micrograms bigint not null check (limit_micrograms > 0),
    warning_percent smallint not null check (warning_percent between 1 and 100),
    bound text not null check (bound in ('low', 'central', 'high')),
    set_at timestamptz not null,
    set_by text not null,
    primary key (budget_id, version),
    unique (org_id, budget_id, version),
    foreign key (org_id, budget_id) references ops.budgets (org_id, id)
);
comment on column ops.budget_terms.bound is 'Which estimate is held to the limit.';
comment on column ops.budget_terms.set_by is 'A public id: who.';
call ops.protect_tenant_table('ops.budget_terms');
alter table ops.budgets
add foreign key (org_id, id, version) references ops.budget_terms (org_id, budget_id, version)
deferrable initially deferred;

-- What owners were told of, once for the same terms and month. What a graver alert says as well counts as told with it.
create table ops.budget_alerts (
    budget_id bigint not null,
    version integer not null,
    month date not null check (extract(day from month) = 1),
    kind text not null check (kind in ('warning', 'forecast', 'exceeded')),
    org_id bigint not null,
    told_at timestamptz not null,
    primary key (budget_id, version, month, kind),
    foreign key (org_id, budget_id, version) references ops.budget_terms (org_id, budget_id, version)
);
call ops.protect_tenant_table('ops.budget_alerts');

grant select, insert, update (version, paused_at, removed_at) on ops.budgets to carbonledger_app;
grant select, insert on ops.budget_terms to carbonledger_app;
grant select on ops.budget_alerts to carbonledger_app;
grant select on ops.budgets, ops.budget_terms to carbonledger_worker;
grant select, insert on ops.budget_alerts to carbonledger_worker;
grant usage on all sequences in schema ops to carbonledger_app;
