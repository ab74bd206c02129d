-- For every bucket: what closes have stated of it, and what no close has stated yet, is what the provider says now.
-- What was waived is stated once and never looked at again.
with periods as (

    select * from {{ ref('int_billing_periods') }}

),

stated as (

    select
        sealed_usage.usage_hash,
        {%- for column in period_counters() %}
        sealed_usage.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('ops', 'sealed_usage') }} as sealed_usage
    inner join periods
        on sealed_usage.period_id = periods.period_id
    where periods.is_sealed and sealed_usage.disposition = 'billed'

    union all

    select
        unstated.usage_hash,
        {%- for column in period_counters() %}
        unstated.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_period_usage') }} as unstated

),

stated_by_bucket as (

    select
        stated.usage_hash,
        {%- for column in period_counters() %}
        coalesce(sum(stated.{{ column }}), 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from stated
    group by stated.usage_hash

),

current_by_bucket as (

    select
        usage.usage_hash,
        {%- for column in period_counters() %}
        coalesce(usage.{{ column }}, 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_usage') }} as usage
    inner join periods
        on usage.period_id = periods.period_id
    where usage.is_counted and not (periods.is_sealed and periods.funding <> 'paid')

)

select coalesce(stated_by_bucket.usage_hash, current_by_bucket.usage_hash) as usage_hash
from stated_by_bucket
full outer join current_by_bucket
    on stated_by_bucket.usage_hash = current_by_bucket.usage_hash
where
    {%- for column in period_counters() %}
    {{ 'or ' if not loop.first }}coalesce(stated_by_bucket.{{ column }}, 0)
    <> coalesce(current_by_bucket.{{ column }}, 0)
    {%- endfor %}
