{#- The UTC day of an instant. A bare cast takes the session's zone: seen to move a row into the previous month on both
    engines. The text is that of the index usage_observations_day, so that Postgres can use it. -#}
{% macro utc_date(instant) -%}
    {{ return(adapter.dispatch('utc_date')(instant)) }}
{%- endmacro %}

{% macro default__utc_date(instant) -%}
    {{ exceptions.raise_compiler_error("utc_date is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__utc_date(instant) -%}
    cast({{ instant }} at time zone 'UTC' as date)
{%- endmacro %}

{% macro duckdb__utc_date(instant) -%}
    cast({{ instant }} at time zone 'UTC' as date)
{%- endmacro %}
