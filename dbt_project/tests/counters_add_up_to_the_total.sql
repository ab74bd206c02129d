-- The total of a row is the sum of its counters, bound by bound; and low <= central <= high.
select usage.usage_hash
from {{ ref('fct_usage') }} as usage
where
    usage.co2e_micrograms_low > usage.co2e_micrograms_central
    or usage.co2e_micrograms_central > usage.co2e_micrograms_high
    {%- for bound in bounds() %}
    or coalesce(usage.co2e_micrograms_{{ bound }}, 0) <> (
        coalesce(usage.uncached_input_co2e_micrograms_{{ bound }}, 0)
        + coalesce(usage.cache_read_co2e_micrograms_{{ bound }}, 0)
        + coalesce(usage.cache_write_co2e_micrograms_{{ bound }}, 0)
        + coalesce(usage.output_co2e_micrograms_{{ bound }}, 0)
    )
    {%- endfor %}
