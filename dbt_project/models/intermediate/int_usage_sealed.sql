-- Grain: one row per (usage bucket, period that stated it, origin period), of the account-days to build.
with sealed_usage as (

    select * from {{ source('ops', 'sealed_usage') }}

),

periods as (

    select * from {{ ref('int_billing_periods') }}
    where is_sealed

),

account_days as (

    select * from {{ ref('int_account_days_to_build') }}

),

sealed as (

    select
        sealed_usage.*,
        account_days.usage_date

    from sealed_usage

    inner join account_days
        on
            sealed_usage.account_id = account_days.account_id
            and {{ utc_date('sealed_usage.bucket_started_at') }} = account_days.usage_date

    inner join periods
        on sealed_usage.period_id = periods.period_id

)

select * from sealed
