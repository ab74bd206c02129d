-- Grain: one row per (usage bucket, revision) that openai reported.
-- No CTE here: Postgres carries a join into a view only if the view has none, and a build of one day must not read all.
select
    observations.observation_id,
    observations.org_id,
    observations.account_id,
    observations.usage_hash,
    observations.provider,
    observations.endpoint_family,
    observations.endpoint,
    observations.bucket_width,
    observations.model,
    observations.upstream,
    observations.provider_project_id,
    observations.api_key_id,
    observations.service_tier,
    cast(observations.group_by_version as bigint) as group_by_version,
    cast(observations.revision as bigint) as revision,
    observations.uncached_input_tokens,
    observations.cache_read_tokens,
    observations.cache_write_5m_tokens,
    observations.cache_write_1h_tokens,
    observations.output_tokens,
    observations.reasoning_tokens,
    observations.requests,
    observations.byok_requests,
    observations.is_batch,
    observations.is_tombstone,
    {{ utc_date('observations.bucket_started_at') }} as usage_date,
    observations.bucket_started_at,
    observations.observed_at

from {{ source('raw', 'usage_observations') }} as observations

where observations.provider = 'openai'
