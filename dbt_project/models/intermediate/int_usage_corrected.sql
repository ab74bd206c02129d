-- Grain: one row per usage bucket, with the project that it counts for: its workload's, or that of a correction.
with usage as (

    select * from {{ ref('int_usage_routed') }}

),

key_corrections as (

    select * from {{ ref('int_corrections_in_force') }}
    where selector_kind = 'api_key'

),

project_corrections as (

    select * from {{ ref('int_corrections_in_force') }}
    where selector_kind = 'project'

),

account_corrections as (

    select * from {{ ref('int_corrections_in_force') }}
    where selector_kind = 'account'

),

-- At most one correction of each kind of selector; the latest made of them is true, however specific it is.
corrected as (

    select
        usage.*,
        greatest(
            key_corrections.correction_id, project_corrections.correction_id, account_corrections.correction_id
        ) as correction_id,
        case
            greatest(
                key_corrections.correction_id, project_corrections.correction_id, account_corrections.correction_id
            )
            when key_corrections.correction_id then key_corrections.project_id
            when project_corrections.correction_id then project_corrections.project_id
            when account_corrections.correction_id then account_corrections.project_id
            else usage.workload_project_id
        end as project_id

    from usage

    left join key_corrections
        on
            usage.account_id = key_corrections.account_id
            and coalesce(usage.api_key_id, '(none)') = key_corrections.selector_value
            and usage.bucket_started_at >= key_corrections.applies_from
            and (key_corrections.applies_until is null or usage.bucket_started_at < key_corrections.applies_until)

    left join project_corrections
        on
            usage.account_id = project_corrections.account_id
            and coalesce(usage.provider_project_id, '(none)') = project_corrections.selector_value
            and usage.bucket_started_at >= project_corrections.applies_from
            and (
                project_corrections.applies_until is null
                or usage.bucket_started_at < project_corrections.applies_until
            )

    left join account_corrections
        on
            usage.account_id = account_corrections.account_id
            and account_corrections.selector_value = '(all)'
            and usage.bucket_started_at >= account_corrections.applies_from
            and (
                account_corrections.applies_until is null
                or usage.bucket_started_at < account_corrections.applies_until
            )

)

select * from corrected
