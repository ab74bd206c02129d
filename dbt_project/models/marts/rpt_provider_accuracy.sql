-- Grain: one row per account and closed UTC day that its provider was asked for: what we counted beside what it says.
-- Usage that totals leave out (own provider keys) is in ours: the provider counts it too.
with totals as (

    select * from {{ ref('int_provider_totals') }}

),

days as (

    select * from {{ ref('fct_daily_emissions') }}

),

counted as (

    select
        days.account_id,
        days.usage_date,
        {%- for column in period_counters() %}
        cast(sum(days.{{ column }}) as bigint) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from days

    inner join totals
        on days.account_id = totals.account_id and days.usage_date = totals.usage_date

    group by days.account_id, days.usage_date

)

select
    totals.org_id,
    totals.account_id,
    totals.provider,
    {%- for column in period_counters() %}
    counted.{{ column }} as counted_{{ column }},
    {%- endfor %}
    {%- for column in period_counters() %}
    totals.{{ column }} as provider_{{ column }},
    {%- endfor %}
    totals.usage_date,
    totals.asked_at

from totals

left join counted
    on totals.account_id = counted.account_id and totals.usage_date = counted.usage_date
