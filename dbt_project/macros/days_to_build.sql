{#- Is every account-day computed, or only those with something new? Every one on `--full-refresh`, and where the facts do
    not exist yet: appending a few days to nothing would leave holes. -#}
{% macro builds_every_day() -%}
    {%- set missing = [] -%}
    {%- set marts = ['fct_usage', 'fct_usage_revisions', 'fct_daily_emissions', 'fct_daily_models', 'fct_daily_projects',
        'fct_period_usage', 'fct_period_lines'] -%}
    {%- for mart in marts -%}
        {%- if adapter.get_relation(database=target.database, schema='marts', identifier=mart) is none -%}
            {%- do missing.append(mart) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(flags.FULL_REFRESH or missing | length > 0) }}
{%- endmacro %}

{#- Before an incremental mart appends, the account-days that this build computes go, in the same transaction. Days whose
    last row disappeared are among them: that is why rows are not deleted by key. -#}
{% macro delete_days_to_build() -%}
    {%- if is_incremental() -%}
    delete from {{ this }} as built
    using {{ ref('int_account_days_to_build') }} as account_days
    where built.account_id = account_days.account_id and built.usage_date = account_days.usage_date
    {%- endif -%}
{%- endmacro %}

{#- How to plan the statement that fills a mart. A full refresh reads every row, and Postgres, which thinks that a range or
    a rank leaves one row, chose a loop inside a loop. A build of few days keeps loops: they find the days by index. -#}
{% macro plan_for_scope() -%}
    {{ return(adapter.dispatch('plan_for_scope')()) }}
{%- endmacro %}

{% macro default__plan_for_scope() -%}
    {{ exceptions.raise_compiler_error("plan_for_scope is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__plan_for_scope() -%}
    set local work_mem = '128MB'
    {%- if not is_incremental() %}; set local enable_nestloop = off{% endif -%}
{%- endmacro %}

{% macro duckdb__plan_for_scope() -%}
{%- endmacro %}

{% macro empty_model() -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    {%- endif -%}
{%- endmacro %}

{#- The next join needs to know how few the days are. -#}
{% macro analyze_model() -%}
    analyze {{ this }}
{%- endmacro %}
