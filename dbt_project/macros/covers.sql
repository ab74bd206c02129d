{#- Does a half-open range column cover a value? Postgres keeps ranges; the snapshot has their ends in two columns,
    <range>_from and <range>_until, NULL where the range has no end (Parquet has neither ranges nor infinity). -#}
{% macro covers(range_column, value) -%}
    {{ return(adapter.dispatch('covers')(range_column, value)) }}
{%- endmacro %}

{% macro default__covers(range_column, value) -%}
    {{ exceptions.raise_compiler_error("covers is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__covers(range_column, value) -%}
    {{ range_column }} @> {{ value }}
{%- endmacro %}

{% macro duckdb__covers(range_column, value) -%}
    (
        ({{ range_column }}_from is null or {{ range_column }}_from <= {{ value }})
        and ({{ range_column }}_until is null or {{ value }} < {{ range_column }}_until)
    )
{%- endmacro %}
