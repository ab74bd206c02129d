-- Grain: one row per (usage bucket, revision), of every provider, that the latest build may see.
with builds as (

    select * from {{ source('ops', 'builds') }}

),

openai_usage as (

    select * from {{ ref('stg_openai__usage') }}

),

anthropic_usage as (

    select * from {{ ref('stg_anthropic__usage') }}

),

openrouter_usage as (

    select * from {{ ref('stg_openrouter__usage') }}

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
where unioned.observation_id <= (
    select coalesce(max(builds.through_arrival_id), 9223372036854775807) from builds
)
