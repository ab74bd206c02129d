{#- Usage with the class of its model and the host that served it, by the current factor set. A model without a name, or
    one that no pattern knows, counts with class UNK and its wide range. `usage` is a name of the caller's CTEs. -#}
{% macro classified(usage) -%}
    select
        {{ usage }}.*,
        factor_sets.version as factor_version,
        coalesce(model_classes.model_class, 'UNK') as model_class,
        coalesce(model_classes.confidence, 'none') as class_confidence,
        case
            when {{ usage }}.provider = 'openrouter' then coalesce(upstream_hosts.host, 'openrouter')
            else {{ usage }}.provider
        end as host

    from {{ usage }}

    inner join {{ ref('factor_sets') }} as factor_sets
        on factor_sets.is_current

    left join {{ source('ops', 'model_classes') }} as model_classes
        on
            factor_sets.version = model_classes.factor_version
            and {{ usage }}.provider = model_classes.provider
            and {{ usage }}.model = model_classes.model

    left join {{ ref('upstream_hosts') }} as upstream_hosts
        on
            factor_sets.version = upstream_hosts.version
            and lower(trim({{ usage }}.upstream)) = upstream_hosts.upstream
{%- endmacro %}
