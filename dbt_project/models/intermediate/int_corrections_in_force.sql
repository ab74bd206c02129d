-- Grain: one row per account, selector and span of event time, with the one correction that is true there.
-- Corrections of a selector may overlap; cut at their ends they no longer do, so that usage joins one row each.
-- A table with an index, for Postgres thinks that a day has one bucket and would go through all spans for each. It is
-- emptied and filled, not made anew: dbt drops what reads a table that it replaces.
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook='{{ empty_model() }}',
        post_hook=["{{ index_mart(['account_id', 'selector_kind', 'selector_value']) }}", '{{ analyze_model() }}'],
    )
}}

with corrections as (

    select * from {{ source('ops', 'usage_corrections') }}
    where withdrawn_at is null

),

-- A span without a start begins before any usage.
starts as (

    select
        corrections.account_id,
        corrections.selector_kind,
        corrections.selector_value,
        coalesce(
            {{ range_start('corrections.span') }}, cast('0001-01-01 00:00:00+00' as timestamp with time zone)
        ) as applies_from

    from corrections

    union

    select
        corrections.account_id,
        corrections.selector_kind,
        corrections.selector_value,
        {{ range_end('corrections.span') }} as applies_from

    from corrections

    where {{ range_end('corrections.span') }} is not null

),

spans as (

    select
        starts.*,
        lead(starts.applies_from) over (
            partition by starts.account_id, starts.selector_kind, starts.selector_value
            order by starts.applies_from
        ) as applies_until

    from starts

),

-- The latest made is true; where none covers a span there is none.
latest as (

    select
        spans.account_id,
        spans.selector_kind,
        spans.selector_value,
        spans.applies_from,
        spans.applies_until,
        max(corrections.id) as correction_id

    from spans

    inner join corrections
        on
            spans.account_id = corrections.account_id
            and spans.selector_kind = corrections.selector_kind
            and spans.selector_value = corrections.selector_value
            and {{ covers('corrections.span', 'spans.applies_from') }}

    group by
        spans.account_id,
        spans.selector_kind,
        spans.selector_value,
        spans.applies_from,
        spans.applies_until

)

select
    latest.account_id,
    latest.correction_id,
    corrections.project_id,
    latest.selector_kind,
    latest.selector_value,
    latest.applies_from,
    latest.applies_until

from latest

inner join corrections
    on latest.correction_id = corrections.id
