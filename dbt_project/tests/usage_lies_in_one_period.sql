-- An organization that has billing periods has one for every bucket. Where periods moved after this build began, the
-- next one says.
select usage.usage_hash
from {{ ref('fct_usage') }} as usage
where
    usage.period_id is null
    and exists (
        select 1 from {{ source('ops', 'billing_periods') }} as periods
        where periods.org_id = usage.org_id
    )
    and not exists (
        select 1 from {{ source('ops', 'usage_touches') }} as touches
        where
            touches.org_id = usage.org_id
            and touches.arrival_id > (
                select max(builds.through_arrival_id) from {{ source('ops', 'builds') }} as builds
            )
    )
