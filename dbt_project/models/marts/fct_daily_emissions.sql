-- Grain: one row per organization, account, UTC day, workload, project, provider, model, class, host, and whether it counts.
-- An incremental build redoes the touched days: depends_on: {{ ref('int_touched_account_days') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ delete_touched_days() }}',
        post_hook=["{{ index_mart(['account_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'usage_date']) }}"],
    )
}}

with usage as (

    select * from {{ ref('fct_usage') }}

),

{% if is_incremental() -%}
touched as (

    select * from {{ ref('int_touched_account_days') }}

),

{% endif -%}

in_scope as (

    select usage.*
    from usage
    {%- if is_incremental() %}
    inner join touched
        on usage.account_id = touched.account_id and usage.usage_date = touched.usage_date
    {%- endif %}

)

select
    in_scope.org_id,
    in_scope.account_id,
    in_scope.workload_id,
    in_scope.project_id,
    in_scope.provider,
    in_scope.model,
    in_scope.model_class,
    in_scope.host,
    in_scope.factor_version,
    count(*) as usage_rows,
    {%- for counter in counters() %}
    cast(sum(in_scope.{{ counter }}_tokens) as bigint) as {{ counter }}_tokens,
    count(in_scope.{{ counter }}_tokens) as {{ counter }}_known_rows,
    {%- endfor %}
    cast(sum(in_scope.reasoning_tokens) as bigint) as reasoning_tokens,
    count(in_scope.reasoning_tokens) as reasoning_known_rows,
    cast(sum(in_scope.requests) as bigint) as requests,
    count(in_scope.requests) as requests_known_rows,
    cast(sum(in_scope.byok_requests) as bigint) as byok_requests,
    {%- for bound in bounds() %}
    cast(sum(in_scope.co2e_micrograms_{{ bound }}) as numeric(38, 6)) as co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for counter in shown_counters() %}
    {%- for bound in bounds() %}
    cast(sum(in_scope.{{ counter }}_co2e_micrograms_{{ bound }}) as numeric(38, 6))
        as {{ counter }}_co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- endfor %}
    {%- for bound in bounds() %}
    cast(sum(in_scope.energy_micro_wh_{{ bound }}) as numeric(38, 6)) as energy_micro_wh_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    cast(sum(in_scope.avoided_by_cache_micrograms_{{ bound }}) as numeric(38, 6))
        as avoided_by_cache_micrograms_{{ bound }},
    {%- endfor %}
    in_scope.is_counted,
    in_scope.usage_date

from in_scope

group by
    in_scope.org_id,
    in_scope.account_id,
    in_scope.workload_id,
    in_scope.project_id,
    in_scope.provider,
    in_scope.model,
    in_scope.model_class,
    in_scope.host,
    in_scope.factor_version,
    in_scope.is_counted,
    in_scope.usage_date
