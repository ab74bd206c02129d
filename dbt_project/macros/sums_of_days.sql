{#- What a rollup says of a group of fct_daily_emissions' rows: what is shown, no more. Exact: integers and decimals,
    added in another order than the days were. -#}
{% macro sums_of_days(days) -%}
    {%- for column in summed_counts() %}
    cast(sum({{ days }}.{{ column }}) as bigint) as {{ column }},
    {%- endfor %}
    cast(sum(case when {{ days }}.model_class = 'NA' then {{ days }}.usage_rows else 0 end) as bigint)
        as unestimated_usage_rows,
    cast(sum(case when {{ days }}.model_class = 'UNK' then {{ days }}.usage_rows else 0 end) as bigint)
        as unknown_model_usage_rows,
    {%- for column in summed_estimates() %}
    cast(sum({{ days }}.{{ column }}) as numeric(38, 6)) as {{ column }},
    {%- endfor %}
{%- endmacro %}

{% macro summed_counts() -%}
    {%- set columns = ['usage_rows'] -%}
    {%- for counter in counters() -%}
        {%- do columns.extend([counter ~ '_tokens', counter ~ '_known_rows']) -%}
    {%- endfor -%}
    {{ return(columns + ['requests', 'requests_known_rows']) }}
{%- endmacro %}

{% macro summed_estimates() -%}
    {%- set columns = [] -%}
    {%- for estimate in ['', 'uncached_input_', 'cache_read_', 'cache_write_', 'output_'] -%}
        {%- for bound in bounds() -%}{%- do columns.append(estimate ~ 'co2e_micrograms_' ~ bound) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for estimate in ['energy_micro_wh', 'avoided_by_cache_micrograms'] -%}
        {%- for bound in bounds() -%}{%- do columns.append(estimate ~ '_' ~ bound) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
