-- Grain: one row per (usage bucket, revision) of the account-days that this build computes.
with openai_usage as (

    select * from {{ ref('stg_openai__usage') }}

),

anthropic_usage as (

    select * from {{ ref('stg_anthropic__usage') }}

),

openrouter_usage as (

    select * from {{ ref('stg_openrouter__usage') }}

),

account_days as (

    select * from {{ ref('int_account_days_to_build') }}

),

builds as (

    select * from {{ source('ops', 'builds') }}

),

unioned as (

    select * from openai_usage
    union all
    select * from anthropic_usage
    union all
    select * from openrouter_usage

)

-- Arrivals after the build's horizon belong to the next build; where nothing was ever built, all may be seen.
select unioned.*
from unioned
inner join account_days
    on unioned.account_id = account_days.account_id and unioned.usage_date = account_days.usage_date
where unioned.observation_id <= (
    select coalesce(max(builds.through_arrival_id), 9223372036854775807) from builds
)
