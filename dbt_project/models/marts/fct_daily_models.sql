-- Grain: one row per organization, account, UTC day, provider, model, class, confidence, and whether it counts.
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=['{{ plan_for_scope() }}', '{{ delete_days_to_build() }}'],
        post_hook=["{{ index_mart(['account_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'usage_date']) }}"],
    )
}}

with days as (

    select * from {{ ref('fct_daily_emissions') }}

),

account_days as (

    select * from {{ ref('int_account_days_to_build') }}

)

select
    days.org_id,
    days.account_id,
    days.provider,
    days.model,
    days.model_class,
    days.class_confidence,
    {{ sums_of_days('days') }}
    days.is_counted,
    days.usage_date

from days

inner join account_days
    on days.account_id = account_days.account_id and days.usage_date = account_days.usage_date

group by
    days.org_id,
    days.account_id,
    days.provider,
    days.model,
    days.model_class,
    days.class_confidence,
    days.is_counted,
    days.usage_date
