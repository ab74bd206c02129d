-- Grain: one row per usage bucket: its latest revision, if the stream it came from is in force and it was not removed.
with observations as (

    select * from {{ ref('int_usage_observed') }}

),

streams as (

    select * from {{ source('ops', 'usage_streams') }}

),

-- A revision without a number is older than any; equal revisions are told apart by arrival.
ranked as (

    select
        observations.*,
        row_number() over (
            partition by observations.usage_hash
            order by observations.revision desc nulls last, observations.observation_id desc
        ) as recency_rank

    from observations

),

-- Which of its streams an account was counted by when the bucket started.
in_force as (

    select ranked.*
    from ranked
    inner join streams
        on
            ranked.account_id = streams.account_id
            and ranked.endpoint_family = streams.endpoint_family
            and ranked.endpoint = streams.endpoint
            and ranked.bucket_width = streams.bucket_width
            and ranked.group_by_version = streams.group_by_version
            and {{ covers('streams.in_force', 'ranked.usage_date') }}

)

select in_force.*
from in_force
where in_force.recency_rank = 1 and not in_force.is_tombstone
