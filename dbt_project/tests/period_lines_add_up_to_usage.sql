-- The lines of a period hold exactly what its buckets hold: those that a close stated, and those that none has yet.
{%- set sums = ['co2e_micrograms_low', 'co2e_micrograms_central', 'co2e_micrograms_high', 'energy_micro_wh_low',
    'energy_micro_wh_central', 'energy_micro_wh_high', 'output_tokens', 'uncached_input_tokens', 'cache_read_tokens',
    'cache_write_5m_tokens', 'cache_write_1h_tokens', 'requests'] %}
with buckets as (

    select
        sealed_usage.org_id,
        sealed_usage.period_id,
        sealed_usage.origin_period_id,
        {%- for column in sums %}
        sealed_usage.{{ column }},
        {%- endfor %}
        true as is_sealed
    from {{ source('ops', 'sealed_usage') }} as sealed_usage
    inner join {{ ref('int_billing_periods') }} as periods
        on sealed_usage.period_id = periods.period_id
    where periods.is_sealed

    union all

    select
        unstated.org_id,
        unstated.period_id,
        unstated.origin_period_id,
        {%- for column in sums %}
        unstated.{{ column }},
        {%- endfor %}
        false as is_sealed
    from {{ ref('fct_period_usage') }} as unstated

),

expected as (

    select
        buckets.org_id,
        coalesce(buckets.period_id, 0) as period_id,
        buckets.origin_period_id,
        buckets.is_sealed,
        count(*) as usage_rows,
        {%- for column in sums %}
        sum(buckets.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from buckets
    group by buckets.org_id, coalesce(buckets.period_id, 0), buckets.origin_period_id, buckets.is_sealed

),

actual as (

    select
        lines.org_id,
        coalesce(lines.period_id, 0) as period_id,
        lines.origin_period_id,
        lines.is_sealed,
        sum(lines.usage_rows) as usage_rows,
        {%- for column in sums %}
        sum(lines.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_period_lines') }} as lines
    group by lines.org_id, coalesce(lines.period_id, 0), lines.origin_period_id, lines.is_sealed

)

select
    coalesce(expected.period_id, actual.period_id) as period_id,
    coalesce(expected.origin_period_id, actual.origin_period_id) as origin_period_id
from expected
full outer join actual
    on
        expected.org_id = actual.org_id
        and expected.period_id = actual.period_id
        and expected.origin_period_id = actual.origin_period_id
        and expected.is_sealed = actual.is_sealed
where
    expected.usage_rows is distinct from actual.usage_rows
    {%- for column in sums %}
    or expected.{{ column }} is distinct from actual.{{ column }}
    {%- endfor %}
