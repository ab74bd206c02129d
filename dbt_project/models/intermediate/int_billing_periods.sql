-- Grain: one row per billing period, as far as this build takes arrivals: sealed later is not sealed.
with periods as (

    select * from {{ source('ops', 'billing_periods') }}

),

builds as (

    select * from {{ source('ops', 'builds') }}

),

horizon as (

    select coalesce(max(builds.through_arrival_id), 9223372036854775807) as through_arrival_id
    from builds

),

seen as (

    select
        periods.id as period_id,
        periods.org_id,
        periods.funding,
        periods.factor_version,
        periods.seal_arrival_id is not null and periods.seal_arrival_id <= horizon.through_arrival_id as is_sealed,
        {{ range_start('periods.span') }} as starts_at,
        periods.funding = 'paid'
        and periods.state <> 'failed'
        and (periods.seal_arrival_id is null or periods.seal_arrival_id > horizon.through_arrival_id) as may_carry

    from periods

    cross join horizon

),

-- What changes after its period was sealed is stated by the close that comes next.
carrying as (

    select
        seen.org_id,
        seen.period_id,
        row_number() over (partition by seen.org_id order by seen.starts_at nulls first) as turn

    from seen

    where seen.may_carry

)

select
    seen.period_id,
    seen.org_id,
    carrying.period_id as next_closing_period_id,
    seen.funding,
    seen.factor_version,
    seen.is_sealed

from seen

left join carrying
    on seen.org_id = carrying.org_id and carrying.turn = 1
