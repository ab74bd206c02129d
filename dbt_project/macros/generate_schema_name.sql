{#- The schema is what the folder says, on every engine: Python names it. dbt's default gave `main_marts` and
    `analytics_marts`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
