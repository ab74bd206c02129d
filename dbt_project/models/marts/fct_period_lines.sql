-- Grain: one row per billing period, origin period, account, UTC day, project (and its name when sealed), provider,
-- model, class, host, factor version, and whether a close has stated it.
-- An incremental build first deletes these days: depends_on: {{ ref('int_account_days_to_build') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=['{{ plan_for_scope() }}', '{{ delete_days_to_build() }}'],
        post_hook=["{{ index_mart(['account_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'period_id']) }}"],
    )
}}
{%- set sums = ['co2e_micrograms_low', 'co2e_micrograms_central', 'co2e_micrograms_high', 'energy_micro_wh_low',
    'energy_micro_wh_central', 'energy_micro_wh_high'] %}
{%- set keys = ['org_id', 'period_id', 'origin_period_id', 'account_id', 'project_id', 'sealed_project_name',
    'provider', 'model', 'model_class', 'host', 'factor_version', 'is_adjustment', 'is_sealed', 'usage_date'] %}

with usage as (

    select * from {{ ref('fct_period_usage') }}

),

sealed as (

    select * from {{ ref('int_usage_sealed') }}

),

account_days as (

    select * from {{ ref('int_account_days_to_build') }}

),

lines as (

    select
        usage.org_id,
        usage.period_id,
        usage.origin_period_id,
        usage.account_id,
        usage.project_id,
        cast(null as text) as sealed_project_name,
        usage.provider,
        usage.model,
        usage.model_class,
        usage.host,
        usage.factor_version,
        {%- for column in period_counters() %}
        usage.{{ column }},
        {%- endfor %}
        {%- for column in sums %}
        usage.{{ column }},
        {%- endfor %}
        usage.is_adjustment,
        false as is_sealed,
        usage.usage_date

    from usage

    inner join account_days
        on usage.account_id = account_days.account_id and usage.usage_date = account_days.usage_date

    union all

    select
        sealed.org_id,
        sealed.period_id,
        sealed.origin_period_id,
        sealed.account_id,
        sealed.project_id,
        sealed.project_name as sealed_project_name,
        sealed.provider,
        sealed.model,
        sealed.model_class,
        sealed.host,
        sealed.factor_version,
        {%- for column in period_counters() %}
        sealed.{{ column }},
        {%- endfor %}
        {%- for column in sums %}
        sealed.{{ column }},
        {%- endfor %}
        sealed.period_id <> sealed.origin_period_id as is_adjustment,
        true as is_sealed,
        sealed.usage_date

    from sealed

)

select
    lines.org_id,
    lines.period_id,
    lines.origin_period_id,
    lines.account_id,
    lines.project_id,
    lines.sealed_project_name,
    lines.provider,
    lines.model,
    lines.model_class,
    lines.host,
    lines.factor_version,
    count(*) as usage_rows,
    {%- for column in period_counters() %}
    cast(sum(lines.{{ column }}) as bigint) as {{ column }},
    {%- endfor %}
    {%- for column in sums %}
    cast(sum(lines.{{ column }}) as numeric(38, 6)) as {{ column }},
    {%- endfor %}
    lines.is_adjustment,
    lines.is_sealed,
    lines.usage_date

from lines

group by
    {%- for key in keys %}
    lines.{{ key }}{{ ',' if not loop.last }}
    {%- endfor %}
