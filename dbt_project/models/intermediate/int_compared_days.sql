-- Grain: one row per account and UTC day that its provider was asked for, tokens or cost, in the 31 days up to the
-- latest such day of all: what is shown is no older, and the sums stay bounded.
with asked as (

    select
        org_id,
        account_id,
        provider,
        usage_date
    from {{ ref('int_provider_totals') }}
    union distinct
    select
        org_id,
        account_id,
        provider,
        usage_date
    from {{ ref('int_provider_costs') }}

),

latest as (

    select max(asked.usage_date) as usage_date
    from asked

)

select
    asked.org_id,
    asked.account_id,
    asked.provider,
    asked.usage_date

from asked

inner join latest
    on asked.usage_date > latest.usage_date - 31
