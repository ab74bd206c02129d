-- Grain: one row per compared day, provider, model and tier, with the prices of its tokens; NULL where none is known.
with model_prices as (

    select * from {{ source('ops', 'model_prices') }}

),

compared_dates as (

    select distinct compared_days.usage_date
    from {{ ref('int_compared_days') }} as compared_days

)

select
    model_prices.provider,
    model_prices.model,
    model_prices.tier,
    {%- for counter in counters() %}
    model_prices.{{ counter }}_micro_usd_per_token,
    {%- endfor %}
    compared_dates.usage_date

from model_prices

inner join compared_dates
    on {{ covers('model_prices.in_force', 'compared_dates.usage_date') }}
