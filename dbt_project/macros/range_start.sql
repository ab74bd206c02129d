{#- Where a range column begins; NULL where it has no start. See `covers` for how the snapshot keeps ranges. -#}
{% macro range_start(range_column) -%}
    {{ return(adapter.dispatch('range_start')(range_column)) }}
{%- endmacro %}

{% macro default__range_start(range_column) -%}
    {{ exceptions.raise_compiler_error("range_start is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__range_start(range_column) -%}
    lower({{ range_column }})
{%- endmacro %}

{% macro duckdb__range_start(range_column) -%}
    {{ range_column }}_from
{%- endmacro %}
