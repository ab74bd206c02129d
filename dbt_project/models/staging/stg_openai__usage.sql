-- Grain: one row per (usage bucket, revision) that openai reported.
with source as (

    select * from {{ source('raw', 'usage_observations') }}

),

renamed as (

    select
        source.observation_id,
        source.org_id,
        source.account_id,
        source.usage_hash,
        source.provider,
        source.endpoint_family,
        source.endpoint,
        source.bucket_width,
        source.model,
        source.upstream,
        source.provider_project_id,
        source.api_key_id,
        source.service_tier,
        cast(source.group_by_version as bigint) as group_by_version,
        cast(source.revision as bigint) as revision,
        source.uncached_input_tokens,
        source.cache_read_tokens,
        source.cache_write_5m_tokens,
        source.cache_write_1h_tokens,
        source.output_tokens,
        source.reasoning_tokens,
        source.requests,
        source.byok_requests,
        source.is_batch,
        source.is_tombstone,
        {{ utc_date('source.bucket_started_at') }} as usage_date,
        source.bucket_started_at,
        source.observed_at

    from source

    where source.provider = 'openai'

)

select * from renamed
