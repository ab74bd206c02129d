-- Grain: one row per usage bucket, saying whether it counts and, if not, why.
with usage as (

    select * from {{ ref('int_usage_classified') }}

),

connections as (

    select * from {{ source('ops', 'connections') }}

),

-- Until when each organization's own account at a provider is read, in closed hours: NULL while it still is.
connected_providers as (

    select
        connections.org_id,
        connections.provider,
        case
            when count(*) = count(connections.deleted_at) then max(connections.deleted_at)
        end as connected_until

    from connections

    group by connections.org_id, connections.provider

),

-- A router that used the organization's own key reports what the provider reports too. Its tokens cannot be told apart
-- within a bucket, and no usage may count twice: the whole bucket is left to the provider, and shown as left out.
counted as (

    select
        usage.*,
        case
            when
                usage.provider = 'openrouter'
                and usage.byok_requests > 0
                and connected_providers.provider is not null
                then 'byok_counted_at_provider'
        end as left_out_reason

    from usage

    left join connected_providers
        on
            usage.org_id = connected_providers.org_id
            and usage.host = connected_providers.provider
            and (
                connected_providers.connected_until is null
                or usage.bucket_started_at + interval '1 hour' <= connected_providers.connected_until
            )

)

select
    counted.*,
    counted.left_out_reason is null as is_counted
from counted
