-- Grain: one row per compared account-day: what its tokens cost by the price list beside what its provider says.
-- Usage that totals leave out (own provider keys) is in ours: it is in the provider's answer too. Money stands here
-- alone: no mart of emissions has any, and none reads this one.
with compared_days as (

    select * from {{ ref('int_compared_days') }}

),

costs as (

    select * from {{ ref('int_provider_costs') }}

),

prices as (

    select * from {{ ref('int_model_prices') }}

),

usage as (

    select * from {{ ref('fct_usage') }}

),

tiered as (

    select
        usage.account_id,
        usage.usage_date,
        usage.provider,
        usage.model,
        {{ price_tier('usage') }} as tier,
        {%- for counter in counters() %}
        usage.{{ counter }}_tokens{{ ',' if not loop.last }}
        {%- endfor %}

    from usage

    inner join compared_days
        on usage.account_id = compared_days.account_id and usage.usage_date = compared_days.usage_date

),

-- Sums are priced, not rows: a day has few models and many rows, and the product is the same.
summed as (

    select
        tiered.account_id,
        tiered.usage_date,
        tiered.provider,
        tiered.model,
        tiered.tier,
        {%- for counter in counters() %}
        cast(sum(coalesce(tiered.{{ counter }}_tokens, 0)) as bigint) as {{ counter }}_tokens{{ ',' if not loop.last }}
        {%- endfor %}

    from tiered

    group by tiered.account_id, tiered.usage_date, tiered.provider, tiered.model, tiered.tier

),

priced as (

    select
        summed.account_id,
        summed.usage_date,
        {%- for counter in counters() %}
        coalesce(
            {{ times_factor('summed.' ~ counter ~ '_tokens', 'prices.' ~ counter ~ '_micro_usd_per_token') }}, 0
        ) as {{ counter }}_cost_micro_usd,
        case
            when prices.{{ counter }}_micro_usd_per_token is not null then summed.{{ counter }}_tokens else 0
        end as {{ counter }}_priced_tokens,
        summed.{{ counter }}_tokens{{ ',' if not loop.last }}
        {%- endfor %}

    from summed

    left join prices
        on
            summed.provider = prices.provider
            and summed.model = prices.model
            and summed.tier = prices.tier
            and summed.usage_date = prices.usage_date

),

by_day as (

    select
        priced.account_id,
        priced.usage_date,
        sum(
            {%- for counter in counters() %}
            priced.{{ counter }}_cost_micro_usd{{ ' +' if not loop.last }}
            {%- endfor %}
        ) as cost_micro_usd,
        sum(
            {%- for counter in counters() %}
            priced.{{ counter }}_priced_tokens{{ ' +' if not loop.last }}
            {%- endfor %}
        ) as priced_tokens,
        sum(
            {%- for counter in counters() %}
            priced.{{ counter }}_tokens{{ ' +' if not loop.last }}
            {%- endfor %}
        ) as tokens

    from priced

    group by priced.account_id, priced.usage_date

)

select
    compared_days.org_id,
    compared_days.account_id,
    compared_days.provider,
    costs.currency,
    cast(coalesce(by_day.cost_micro_usd, 0) as numeric(38, 6)) as priced_cost_micro_usd,
    cast(coalesce(by_day.priced_tokens, 0) as bigint) as priced_tokens,
    cast(coalesce(by_day.tokens - by_day.priced_tokens, 0) as bigint) as unpriced_tokens,
    cast(costs.token_cost_micros as numeric(38, 6)) as provider_token_cost_micros,
    cast(costs.other_cost_micros as numeric(38, 6)) as provider_other_cost_micros,
    compared_days.usage_date,
    costs.asked_at

from compared_days

left join by_day
    on compared_days.account_id = by_day.account_id and compared_days.usage_date = by_day.usage_date

left join costs
    on compared_days.account_id = costs.account_id and compared_days.usage_date = costs.usage_date
