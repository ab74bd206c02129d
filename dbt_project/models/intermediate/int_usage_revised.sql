-- Grain: one row per (usage bucket, revision) after the first, with what was held before it and the class of its model.
-- Revisions of a stream that does not count are left out, as its usage is.
{%- set before = ['uncached_input_tokens', 'cache_read_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens',
    'output_tokens', 'requests', 'is_tombstone', 'observed_at', 'observation_id'] %}

with observations as (

    select * from {{ ref('int_usage_observed') }}

),

streams as (

    select * from {{ source('ops', 'usage_streams') }}

),

with_previous as (

    select
        observations.*,
        {%- for column in before %}
        lag(observations.{{ column }}) over (
            partition by observations.usage_hash
            order by observations.revision, observations.observation_id
        ) as previous_{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from observations

),

in_force as (

    select with_previous.*
    from with_previous
    inner join streams
        on
            with_previous.account_id = streams.account_id
            and with_previous.endpoint_family = streams.endpoint_family
            and with_previous.endpoint = streams.endpoint
            and with_previous.bucket_width = streams.bucket_width
            and with_previous.group_by_version = streams.group_by_version
            and {{ covers('streams.in_force', 'with_previous.usage_date') }}
    where with_previous.previous_observation_id is not null

),

classified as (

    {{ classified('in_force') }}

)

select * from classified
