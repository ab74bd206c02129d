-- Grain: one row per account and UTC day that this build computes: every one of a full refresh, else those with
-- arrivals or touches that the last good build has not seen.
-- Emptied and filled, not made anew: dbt drops what reads a table that it replaces.
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ empty_model() }}',
        post_hook='{{ analyze_model() }}',
    )
}}

with observations as (

    select * from {{ source('raw', 'usage_observations') }}

),

builds as (

    select * from {{ source('ops', 'builds') }}

),

{% if builds_every_day() -%}

account_days as (

    select distinct
        observations.account_id,
        {{ utc_date('observations.bucket_started_at') }} as usage_date

    from observations

),

{% else -%}

running_build as (

    select * from builds
    where state = 'running'

),

touches as (

    select * from {{ source('ops', 'usage_touches') }}

),

new_touches as (

    select touches.*
    from touches
    where
        touches.arrival_id > (select running_build.from_arrival_id from running_build)
        and touches.arrival_id <= (select running_build.through_arrival_id from running_build)

),

account_days as (

    select
        observations.account_id,
        {{ utc_date('observations.bucket_started_at') }} as usage_date

    from observations

    where
        observations.observation_id > (select running_build.from_arrival_id from running_build)
        and observations.observation_id <= (select running_build.through_arrival_id from running_build)

    union

    select
        observations.account_id,
        {{ utc_date('observations.bucket_started_at') }} as usage_date

    from observations

    inner join new_touches
        on
            observations.account_id = new_touches.account_id
            and {{ covers('new_touches.days', utc_date('observations.bucket_started_at')) }}

    -- Asked once: where nothing was touched, as in most hours, no observation is read.
    where exists (select 1 from new_touches)

),

{% endif -%}

-- What arrives later belongs to the next build; where nothing was ever built, everything may be seen.
horizon as (

    select coalesce(max(builds.through_arrival_id), 9223372036854775807) as through_arrival_id
    from builds

)

select
    account_days.account_id,
    horizon.through_arrival_id,
    account_days.usage_date
from account_days
cross join horizon
