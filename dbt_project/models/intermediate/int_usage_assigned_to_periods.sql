-- Grain: one row per usage bucket, with the billing period that its start lies in; NULL where nothing was ever sold.
with usage as (

    select * from {{ ref('int_usage_with_factors') }}

),

periods as (

    select * from {{ source('ops', 'billing_periods') }}

),

assigned as (

    select
        usage.*,
        periods.id as period_id

    from usage

    left join periods
        on
            usage.org_id = periods.org_id
            and {{ covers('periods.span', 'usage.bucket_started_at') }}

)

select * from assigned
