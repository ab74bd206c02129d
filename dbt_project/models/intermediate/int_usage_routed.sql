-- Grain: one row per usage bucket, with the one workload that it belongs to.
with usage as (

    select * from {{ ref('int_usage_deduplicated') }}

),

key_workloads as (

    select * from {{ source('ops', 'workloads') }}
    where selector_kind = 'api_key'

),

project_workloads as (

    select * from {{ source('ops', 'workloads') }}
    where selector_kind = 'project'

),

account_workloads as (

    select * from {{ source('ops', 'workloads') }}
    where selector_kind = 'account'

),

-- The most specific selector in force when the bucket started wins: key, then provider's project, then the account.
routed as (

    select
        usage.*,
        coalesce(key_workloads.id, project_workloads.id, account_workloads.id) as workload_id,
        coalesce(key_workloads.project_id, project_workloads.project_id, account_workloads.project_id)
            as workload_project_id

    from usage

    left join key_workloads
        on
            usage.account_id = key_workloads.account_id
            and coalesce(usage.api_key_id, '(none)') = key_workloads.selector_value
            and {{ covers('key_workloads.in_force', 'usage.bucket_started_at') }}

    left join project_workloads
        on
            usage.account_id = project_workloads.account_id
            and coalesce(usage.provider_project_id, '(none)') = project_workloads.selector_value
            and {{ covers('project_workloads.in_force', 'usage.bucket_started_at') }}

    left join account_workloads
        on
            usage.account_id = account_workloads.account_id
            and account_workloads.selector_value = '(all)'
            and {{ covers('account_workloads.in_force', 'usage.bucket_started_at') }}

)

select * from routed
