-- A counter that is reported has grams, unless the class is NA, which never has: no factor is missing, none invented.
select usage.usage_hash
from {{ ref('fct_usage') }} as usage
where
    {%- for counter in ['uncached_input', 'cache_read', 'output'] %}
    (
        (usage.{{ counter }}_tokens is not null and usage.model_class <> 'NA')
        <> (usage.{{ counter }}_co2e_micrograms_central is not null)
    )
    or
    {%- endfor %}
    (
        (coalesce(usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) is not null and usage.model_class <> 'NA')
        <> (usage.cache_write_co2e_micrograms_central is not null)
    )
