-- A usage row names the latest correction, not withdrawn, that covers its start and matches its selector, and no other:
-- found here row by row, the models cut spans. An account that was touched after the last build is left to the next.
with horizon as (

    select coalesce(max(through_arrival_id), 9223372036854775807) as through_arrival_id
    from {{ source('ops', 'builds') }}

),

waiting as (

    select touches.account_id
    from {{ source('ops', 'usage_touches') }} as touches
    cross join horizon
    where touches.arrival_id > horizon.through_arrival_id

),

expected as (

    select
        usage.usage_hash,
        max(corrections.id) as correction_id

    from {{ ref('fct_usage') }} as usage

    inner join {{ source('ops', 'usage_corrections') }} as corrections
        on
            usage.account_id = corrections.account_id
            and {{ covers('corrections.span', 'usage.bucket_started_at') }}
            and corrections.selector_value = case corrections.selector_kind
                when 'api_key' then coalesce(usage.api_key_id, '(none)')
                when 'project' then coalesce(usage.provider_project_id, '(none)')
                else '(all)'
            end

    where corrections.withdrawn_at is null

    group by usage.usage_hash

)

select usage.usage_hash
from {{ ref('fct_usage') }} as usage
left join expected
    on usage.usage_hash = expected.usage_hash
where
    (usage.correction_id is not null or expected.correction_id is not null)
    and usage.correction_id is distinct from expected.correction_id
    and not exists (
        select 1
        from waiting
        where waiting.account_id = usage.account_id
    )
