-- The days of an account and project hold exactly what their usage rows hold: rows, tokens, micrograms, energy.
{%- set sums = ['requests', 'output_tokens', 'uncached_input_tokens', 'cache_read_tokens', 'cache_write_5m_tokens',
    'cache_write_1h_tokens', 'co2e_micrograms_low', 'co2e_micrograms_central', 'co2e_micrograms_high',
    'energy_micro_wh_central', 'avoided_by_cache_micrograms_central'] %}
with usage as (

    select
        account_id,
        project_id,
        usage_date,
        is_counted,
        count(*) as usage_rows,
        {%- for column in sums %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_usage') }}
    group by account_id, project_id, usage_date, is_counted

),

days as (

    select
        account_id,
        project_id,
        usage_date,
        is_counted,
        sum(usage_rows) as usage_rows,
        {%- for column in sums %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_daily_emissions') }}
    group by account_id, project_id, usage_date, is_counted

)

select
    coalesce(usage.account_id, days.account_id) as account_id,
    coalesce(usage.project_id, days.project_id) as project_id,
    coalesce(usage.usage_date, days.usage_date) as usage_date
from usage
full outer join days
    on
        usage.account_id = days.account_id
        and usage.project_id = days.project_id
        and usage.usage_date = days.usage_date
        and usage.is_counted = days.is_counted
where
    usage.usage_rows is distinct from days.usage_rows
    {%- for column in sums %}
    or usage.{{ column }} is distinct from days.{{ column }}
    {%- endfor %}
