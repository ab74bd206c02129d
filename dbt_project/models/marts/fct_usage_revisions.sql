-- Grain: one row per (usage bucket, revision) after the first: what the provider said of it later, and before.
-- An incremental build first deletes these days: depends_on: {{ ref('int_account_days_to_build') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=['{{ plan_for_scope() }}', '{{ delete_days_to_build() }}'],
        post_hook=["{{ index_mart(['account_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'observed_at', 'observation_id']) }}"],
    )
}}

with revised as (

    select * from {{ ref('int_usage_revised') }}

),

factors as (

    select * from {{ ref('int_factors_pivoted') }}

),

by_counter as (

    select
        revised.*,
        {%- for bound in bounds() %}
        {%- for counter in counters() %}
        {%- set factor = 'factors.' ~ counter ~ '_micrograms_per_token_' ~ bound %}
        {{ times_factor('revised.previous_' ~ counter ~ '_tokens', factor) }}
            as previous_{{ counter }}_micrograms_{{ bound }},
        {{ times_factor('revised.' ~ counter ~ '_tokens', factor) }}
            as {{ counter }}_micrograms_{{ bound }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}

    from revised

    left join factors
        on
            revised.factor_version = factors.factor_version
            and revised.model_class = factors.model_class
            and revised.host = factors.host

)

select
    by_counter.org_id,
    by_counter.observation_id,
    by_counter.usage_hash,
    by_counter.account_id,
    by_counter.provider,
    by_counter.endpoint_family,
    by_counter.bucket_width,
    by_counter.model,
    by_counter.model_class,
    by_counter.host,
    by_counter.factor_version,
    by_counter.provider_project_id,
    by_counter.api_key_id,
    by_counter.service_tier,
    case
        when by_counter.is_tombstone then 'removed'
        when by_counter.previous_is_tombstone then 'returned'
        else 'revised'
    end as change,
    by_counter.revision,
    {%- for column in period_counters() %}
    by_counter.previous_{{ column }},
    {%- endfor %}
    {%- for column in period_counters() %}
    by_counter.{{ column }},
    {%- endfor %}
    {%- for side in ['previous_', ''] %}
    {%- for bound in bounds() %}
    {{
        known_sum([
            'by_counter.' ~ side ~ 'uncached_input_micrograms_' ~ bound,
            'by_counter.' ~ side ~ 'cache_read_micrograms_' ~ bound,
            'by_counter.' ~ side ~ 'cache_write_5m_micrograms_' ~ bound,
            'by_counter.' ~ side ~ 'cache_write_1h_micrograms_' ~ bound,
            'by_counter.' ~ side ~ 'output_micrograms_' ~ bound,
        ])
    }} as {{ side }}co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- endfor %}
    by_counter.is_batch,
    by_counter.usage_date,
    by_counter.bucket_started_at,
    by_counter.previous_observed_at,
    by_counter.observed_at

from by_counter
