-- Grain: one row per usage bucket: its latest revision, if the stream it came from is in force and it was not removed.
with observations as (

    select * from {{ ref('int_usage_observed') }}

),

newer_observations as (

    select
        int_usage_observed.usage_hash,
        int_usage_observed.revision,
        int_usage_observed.observation_id
    from {{ ref('int_usage_observed') }} as int_usage_observed

),

streams as (

    select * from {{ source('ops', 'usage_streams') }}

),

-- An anti-join and not row_number(): a full refresh would sort every row with all its columns (measured: the hash is faster).
-- A revision without a number is older than any; equal revisions are told apart by arrival.
latest as (

    select observations.*
    from observations
    where
        not exists (
            select 1
            from newer_observations
            where
                newer_observations.usage_hash = observations.usage_hash
                and (
                    coalesce(newer_observations.revision, 0) > coalesce(observations.revision, 0)
                    or (
                        coalesce(newer_observations.revision, 0) = coalesce(observations.revision, 0)
                        and newer_observations.observation_id > observations.observation_id
                    )
                )
        )

),

in_force as (

    select latest.*
    from latest
    inner join streams
        on
            latest.account_id = streams.account_id
            and latest.endpoint_family = streams.endpoint_family
            and latest.endpoint = streams.endpoint
            and latest.bucket_width = streams.bucket_width
            and latest.group_by_version = streams.group_by_version
            and {{ covers('streams.in_force', 'latest.usage_date') }}

)

select in_force.*
from in_force
where not in_force.is_tombstone
