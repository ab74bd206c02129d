{#- Tokens times a factor per token, exact: 19 + 18 digits fit numeric(38, 6) with nothing to round, on every engine.
    Both sides are cast first: with a wider left side a product would lose scale (seen on Spark) or overflow (DuckDB). -#}
{% macro times_factor(tokens, factor) -%}
    cast(cast({{ tokens }} as numeric(19, 0)) * cast({{ factor }} as numeric(18, 6)) as numeric(38, 6))
{%- endmacro %}

{#- A sum over what is known: NULL only if nothing is. The cast is outermost: Postgres forgets the scale of a `case`. -#}
{% macro known_sum(terms) -%}
    cast(
        case
            when coalesce({{ terms | join(', ') }}) is not null
                then {% for term in terms %}coalesce({{ term }}, 0){{ ' + ' if not loop.last }}{% endfor %}
        end as numeric(38, 6)
    )
{%- endmacro %}

{% macro bounds() -%}
    {{ return(['low', 'central', 'high']) }}
{%- endmacro %}

{% macro counters() -%}
    {{ return(['uncached_input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output']) }}
{%- endmacro %}

{#- Counters as they are shown: both retentions of a cache write are one. -#}
{% macro shown_counters() -%}
    {{ return(['uncached_input', 'cache_read', 'cache_write', 'output']) }}
{%- endmacro %}

{#- What a period states of each bucket. -#}
{% macro period_counters() -%}
    {{ return([
        'uncached_input_tokens', 'cache_read_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens', 'output_tokens',
        'requests',
    ]) }}
{%- endmacro %}
