-- Tokens and buckets of the raw rows, deduplicated here in another way than the models do, are those of fct_usage.
-- Only what the last build took is compared: later arrivals belong to the next.
with horizon as (

    select coalesce(max(through_arrival_id), 9223372036854775807) as through_arrival_id
    from {{ source('ops', 'builds') }}

),

observations as (

    select observations.*
    from {{ source('raw', 'usage_observations') }} as observations
    cross join horizon
    where observations.observation_id <= horizon.through_arrival_id

),

latest as (

    select
        observations.usage_hash,
        max(observations.revision) as revision
    from observations
    group by observations.usage_hash

),

expected as (

    select
        observations.account_id,
        count(*) as usage_rows,
        {%- for counter in counters() %}
        sum(observations.{{ counter }}_tokens) as {{ counter }}_tokens,
        {%- endfor %}
        sum(observations.requests) as requests

    from observations

    inner join latest
        on observations.usage_hash = latest.usage_hash and observations.revision = latest.revision

    where
        not observations.is_tombstone
        and exists (
            select 1
            from {{ source('ops', 'usage_streams') }} as streams
            where
                streams.account_id = observations.account_id
                and streams.endpoint_family = observations.endpoint_family
                and streams.endpoint = observations.endpoint
                and streams.bucket_width = observations.bucket_width
                and streams.group_by_version = observations.group_by_version
                and {{ covers('streams.in_force', utc_date('observations.bucket_started_at')) }}
        )

    group by observations.account_id

),

actual as (

    select
        usage.account_id,
        count(*) as usage_rows,
        {%- for counter in counters() %}
        sum(usage.{{ counter }}_tokens) as {{ counter }}_tokens,
        {%- endfor %}
        sum(usage.requests) as requests

    from {{ ref('fct_usage') }} as usage

    group by usage.account_id

)

select
    coalesce(expected.account_id, actual.account_id) as account_id,
    expected.usage_rows as expected_rows,
    actual.usage_rows as actual_rows
from expected
full outer join actual
    on expected.account_id = actual.account_id
where
    expected.usage_rows is distinct from actual.usage_rows
    {%- for counter in counters() %}
    or expected.{{ counter }}_tokens is distinct from actual.{{ counter }}_tokens
    {%- endfor %}
    or expected.requests is distinct from actual.requests
