-- Grain: one row per account and UTC day that its provider was asked for: its latest answer.
with totals as (

    select * from {{ source('raw', 'provider_totals') }}

),

ranked as (

    select
        totals.*,
        row_number() over (
            partition by totals.account_id, totals.usage_date
            order by totals.asked_at desc
        ) as recency_rank

    from totals

)

select
    ranked.org_id,
    ranked.account_id,
    ranked.provider,
    {%- for column in period_counters() %}
    ranked.{{ column }},
    {%- endfor %}
    ranked.usage_date,
    ranked.asked_at

from ranked

where ranked.recency_rank = 1
