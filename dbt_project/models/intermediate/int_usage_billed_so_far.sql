-- Grain: one row per usage bucket that closes have stated, with the sum of what they stated.
-- Model, class, host, version and project are those of its first statement: every later one repeats them.
with sealed as (

    select * from {{ ref('int_usage_sealed') }}
    where disposition = 'billed'

),

billed as (

    select
        sealed.org_id,
        sealed.usage_hash,
        sealed.account_id,
        sealed.origin_period_id,
        sealed.provider,
        sealed.model,
        sealed.model_class,
        sealed.host,
        sealed.factor_version,
        min(sealed.project_id) as project_id,
        {%- for counter in counters() %}
        cast(sum(sealed.{{ counter }}_tokens) as bigint) as {{ counter }}_tokens,
        {%- endfor %}
        cast(sum(sealed.requests) as bigint) as requests,
        sealed.usage_date,
        sealed.bucket_started_at

    from sealed

    group by
        sealed.org_id,
        sealed.usage_hash,
        sealed.account_id,
        sealed.origin_period_id,
        sealed.provider,
        sealed.model,
        sealed.model_class,
        sealed.host,
        sealed.factor_version,
        sealed.usage_date,
        sealed.bucket_started_at

)

select * from billed
