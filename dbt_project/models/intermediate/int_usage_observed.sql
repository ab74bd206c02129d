-- Grain: one row per (usage bucket, revision) of the account-days that this build computes, up to its last arrival.
-- Each provider is joined with the days by itself: Postgres does not carry a join into a union.
with openai_usage as (

    select usage.*
    from {{ ref('stg_openai__usage') }} as usage
    inner join {{ ref('int_account_days_to_build') }} as account_days
        on
            usage.account_id = account_days.account_id
            and usage.usage_date = account_days.usage_date
            and usage.observation_id <= account_days.through_arrival_id

),

anthropic_usage as (

    select usage.*
    from {{ ref('stg_anthropic__usage') }} as usage
    inner join {{ ref('int_account_days_to_build') }} as account_days
        on
            usage.account_id = account_days.account_id
            and usage.usage_date = account_days.usage_date
            and usage.observation_id <= account_days.through_arrival_id

),

openrouter_usage as (

    select usage.*
    from {{ ref('stg_openrouter__usage') }} as usage
    inner join {{ ref('int_account_days_to_build') }} as account_days
        on
            usage.account_id = account_days.account_id
            and usage.usage_date = account_days.usage_date
            and usage.observation_id <= account_days.through_arrival_id

)

select * from openai_usage
union all
select * from anthropic_usage
union all
select * from openrouter_usage
