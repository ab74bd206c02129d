-- Grain: one row per organization, account, UTC day, workload, project, provider, model, class, host, and whether it
-- counts.
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=['{{ plan_for_scope() }}', '{{ delete_days_to_build() }}'],
        post_hook=["{{ index_mart(['account_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'project_id', 'usage_date']) }}"],
    )
}}

with usage as (

    select * from {{ ref('fct_usage') }}

),

account_days as (

    select * from {{ ref('int_account_days_to_build') }}

)

select
    usage.org_id,
    usage.account_id,
    usage.workload_id,
    usage.project_id,
    usage.provider,
    usage.model,
    usage.model_class,
    usage.class_confidence,
    usage.host,
    usage.factor_version,
    count(*) as usage_rows,
    {%- for counter in counters() %}
    cast(sum(usage.{{ counter }}_tokens) as bigint) as {{ counter }}_tokens,
    count(usage.{{ counter }}_tokens) as {{ counter }}_known_rows,
    {%- endfor %}
    cast(sum(usage.reasoning_tokens) as bigint) as reasoning_tokens,
    count(usage.reasoning_tokens) as reasoning_known_rows,
    cast(sum(usage.requests) as bigint) as requests,
    count(usage.requests) as requests_known_rows,
    cast(sum(usage.byok_requests) as bigint) as byok_requests,
    {%- for bound in bounds() %}
    cast(sum(usage.co2e_micrograms_{{ bound }}) as numeric(38, 6)) as co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for counter in shown_counters() %}
    {%- for bound in bounds() %}
    cast(sum(usage.{{ counter }}_co2e_micrograms_{{ bound }}) as numeric(38, 6))
        as {{ counter }}_co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- endfor %}
    {%- for bound in bounds() %}
    cast(sum(usage.energy_micro_wh_{{ bound }}) as numeric(38, 6)) as energy_micro_wh_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    cast(sum(usage.avoided_by_cache_micrograms_{{ bound }}) as numeric(38, 6))
        as avoided_by_cache_micrograms_{{ bound }},
    {%- endfor %}
    usage.is_counted,
    usage.usage_date

from usage

inner join account_days
    on usage.account_id = account_days.account_id and usage.usage_date = account_days.usage_date

group by
    usage.org_id,
    usage.account_id,
    usage.workload_id,
    usage.project_id,
    usage.provider,
    usage.model,
    usage.model_class,
    usage.class_confidence,
    usage.host,
    usage.factor_version,
    usage.is_counted,
    usage.usage_date
