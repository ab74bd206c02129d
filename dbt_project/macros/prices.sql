{#- The tier that a usage row is priced by: as ops.model_prices spells it. A batch is one whatever its service tier says
    (OpenAI's batches say `default`); a tier without prices is found in no list, and its tokens are a hole. -#}
{% macro price_tier(usage) -%}
    case
        when {{ usage }}.is_batch then 'batch'
        when coalesce({{ usage }}.service_tier, 'default') in ('default', 'standard') then 'standard'
        else {{ usage }}.service_tier
    end
{%- endmacro %}
