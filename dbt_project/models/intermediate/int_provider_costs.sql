-- Grain: one row per account and UTC day whose cost its provider was asked for: its latest answer.
with costs as (

    select * from {{ source('raw', 'provider_costs') }}

),

ranked as (

    select
        costs.*,
        row_number() over (
            partition by costs.account_id, costs.usage_date
            order by costs.asked_at desc
        ) as recency_rank

    from costs

)

select
    ranked.org_id,
    ranked.account_id,
    ranked.provider,
    ranked.currency,
    ranked.token_cost_micros,
    ranked.other_cost_micros,
    ranked.usage_date,
    ranked.asked_at

from ranked

where ranked.recency_rank = 1
