{#- The ends of a range of instants; NULL where it has none. Beside `covers`, for what must compare ends with each other. -#}
{% macro range_start(range_column) -%}
    {{ return(adapter.dispatch('range_start')(range_column)) }}
{%- endmacro %}

{% macro default__range_start(range_column) -%}
    {{ exceptions.raise_compiler_error("range_start is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__range_start(range_column) -%}
    case when isfinite(lower({{ range_column }})) then lower({{ range_column }}) end
{%- endmacro %}

{% macro duckdb__range_start(range_column) -%}
    {{ range_column }}_from
{%- endmacro %}

{% macro range_end(range_column) -%}
    {{ return(adapter.dispatch('range_end')(range_column)) }}
{%- endmacro %}

{% macro default__range_end(range_column) -%}
    {{ exceptions.raise_compiler_error("range_end is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__range_end(range_column) -%}
    case when isfinite(upper({{ range_column }})) then upper({{ range_column }}) end
{%- endmacro %}

{% macro duckdb__range_end(range_column) -%}
    {{ range_column }}_until
{%- endmacro %}
