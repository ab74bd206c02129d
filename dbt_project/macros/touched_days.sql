{#- Before an incremental mart appends, the account-days that this build redoes go, in the same transaction. Days whose last
    row disappeared are among them: that is why rows are not deleted by key. -#}
{% macro delete_touched_days() -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    using {{ ref('int_touched_account_days') }} as touched
    where {{ this }}.account_id = touched.account_id and {{ this }}.usage_date = touched.usage_date
    {%- endif -%}
{%- endmacro %}

{#- Postgres plans at most eight joins as one by default, and would join the touched days last: seen as a scan of all
    observations for one touched day. -#}
{% macro plan_joins_together() -%}
    {{ return(adapter.dispatch('plan_joins_together')()) }}
{%- endmacro %}

{% macro default__plan_joins_together() -%}
    {{ exceptions.raise_compiler_error("plan_joins_together is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__plan_joins_together() -%}
    set local join_collapse_limit = 20; set local from_collapse_limit = 20; set local geqo = off
{%- endmacro %}

{% macro duckdb__plan_joins_together() -%}
{%- endmacro %}

{#- The next join needs to know how few the touched days are. -#}
{% macro analyze_model() -%}
    analyze {{ this }}
{%- endmacro %}
