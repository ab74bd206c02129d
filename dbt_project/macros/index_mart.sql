{#- An index of a mart, made with it. Postgres finds the name: the table of the build before keeps its own until it is
    dropped. DuckDB keeps min and max of each block instead. -#}
{% macro index_mart(columns) -%}
    {{ return(adapter.dispatch('index_mart')(columns)) }}
{%- endmacro %}

{% macro default__index_mart(columns) -%}
    {{ exceptions.raise_compiler_error("index_mart is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__index_mart(columns) -%}
    {%- if not is_incremental() -%}
    create index on {{ this }} ({{ columns | join(', ') }})
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__index_mart(columns) -%}
{%- endmacro %}
