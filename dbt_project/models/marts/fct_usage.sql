-- Grain: one row per usage bucket (one usage hash).
-- An incremental build first deletes these days: depends_on: {{ ref('int_account_days_to_build') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=['{{ plan_for_scope() }}', '{{ delete_days_to_build() }}'],
        post_hook=["{{ index_mart(['account_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'bucket_started_at', 'usage_hash']) }}"],
    )
}}

with usage as (

    select * from {{ ref('int_usage_assigned_to_periods') }}

),

by_counter as (

    select
        usage.*,
        {%- for bound in bounds() %}
        {%- for counter in counters() %}
        {{ times_factor('usage.' ~ counter ~ '_tokens', 'usage.' ~ counter ~ '_micrograms_per_token_' ~ bound) }}
            as {{ counter }}_micrograms_{{ bound }},
        {{ times_factor('usage.' ~ counter ~ '_tokens', 'usage.' ~ counter ~ '_micro_wh_per_token_' ~ bound) }}
            as {{ counter }}_micro_wh_{{ bound }},
        {%- endfor %}
        {{ times_factor('usage.cache_read_tokens', 'usage.uncached_input_micrograms_per_token_' ~ bound) }}
            as cache_read_as_uncached_micrograms_{{ bound }}{{ ',' if not loop.last }}
        {%- endfor %}

    from usage

)

select
    by_counter.org_id,
    by_counter.usage_hash,
    by_counter.account_id,
    by_counter.workload_id,
    by_counter.project_id,
    by_counter.period_id,
    by_counter.correction_id,
    by_counter.observation_id,
    by_counter.provider,
    by_counter.endpoint_family,
    by_counter.bucket_width,
    by_counter.model,
    by_counter.model_class,
    by_counter.class_confidence,
    by_counter.host,
    by_counter.factor_version,
    by_counter.upstream,
    by_counter.provider_project_id,
    by_counter.api_key_id,
    by_counter.service_tier,
    by_counter.left_out_reason,
    by_counter.revision,
    by_counter.uncached_input_tokens,
    by_counter.cache_read_tokens,
    by_counter.cache_write_5m_tokens,
    by_counter.cache_write_1h_tokens,
    by_counter.output_tokens,
    by_counter.reasoning_tokens,
    by_counter.requests,
    by_counter.byok_requests,
    {%- for bound in bounds() %}
    {{
        known_sum([
            'by_counter.uncached_input_micrograms_' ~ bound, 'by_counter.cache_read_micrograms_' ~ bound,
            'by_counter.cache_write_5m_micrograms_' ~ bound, 'by_counter.cache_write_1h_micrograms_' ~ bound,
            'by_counter.output_micrograms_' ~ bound,
        ])
    }} as co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    by_counter.uncached_input_micrograms_{{ bound }} as uncached_input_co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    by_counter.cache_read_micrograms_{{ bound }} as cache_read_co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    {{
        known_sum([
            'by_counter.cache_write_5m_micrograms_' ~ bound, 'by_counter.cache_write_1h_micrograms_' ~ bound,
        ])
    }} as cache_write_co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    by_counter.output_micrograms_{{ bound }} as output_co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    {{
        known_sum([
            'by_counter.uncached_input_micro_wh_' ~ bound, 'by_counter.cache_read_micro_wh_' ~ bound,
            'by_counter.cache_write_5m_micro_wh_' ~ bound, 'by_counter.cache_write_1h_micro_wh_' ~ bound,
            'by_counter.output_micro_wh_' ~ bound,
        ])
    }} as energy_micro_wh_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    cast(
        by_counter.cache_read_as_uncached_micrograms_{{ bound }} - by_counter.cache_read_micrograms_{{ bound }}
        as numeric(38, 6)
    ) as avoided_by_cache_micrograms_{{ bound }},
    {%- endfor %}
    by_counter.is_batch,
    by_counter.is_counted,
    by_counter.usage_date,
    by_counter.bucket_started_at,
    by_counter.observed_at

from by_counter
