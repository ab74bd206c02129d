-- Grain: one row per account and UTC day that the running build redoes: days of new observations, and days touched.
{{ config(materialized='table', post_hook='{{ analyze_model() }}') }}

with running_build as (

    select * from {{ source('ops', 'builds') }}
    where state = 'running' and not is_full_refresh

),

observations as (

    select * from {{ source('raw', 'usage_observations') }}

),

touches as (

    select * from {{ source('ops', 'usage_touches') }}

),

days_of_observations as (

    select
        observations.account_id,
        {{ utc_date('observations.bucket_started_at') }} as usage_date

    from observations

    where
        observations.observation_id > (select running_build.from_arrival_id from running_build)
        and observations.observation_id <= (select running_build.through_arrival_id from running_build)

),

new_touches as (

    select touches.*
    from touches
    where
        touches.arrival_id > (select running_build.from_arrival_id from running_build)
        and touches.arrival_id <= (select running_build.through_arrival_id from running_build)

),

days_of_touches as (

    select
        observations.account_id,
        {{ utc_date('observations.bucket_started_at') }} as usage_date

    from observations

    inner join new_touches
        on
            observations.account_id = new_touches.account_id
            and {{ covers('new_touches.days', utc_date('observations.bucket_started_at')) }}

)

select
    days_of_observations.account_id,
    days_of_observations.usage_date
from days_of_observations

union

select
    days_of_touches.account_id,
    days_of_touches.usage_date
from days_of_touches
