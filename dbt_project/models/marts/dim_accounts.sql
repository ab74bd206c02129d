-- Grain: one row per account at a provider, with its latest connection.
with accounts as (

    select * from {{ source('ops', 'provider_accounts') }}

),

connections as (

    select * from {{ source('ops', 'connections') }}

),

ranked_connections as (

    select
        connections.*,
        row_number() over (
            partition by connections.account_id
            order by connections.id desc
        ) as recency_rank

    from connections

)

select
    accounts.org_id,
    accounts.id as account_id,
    ranked_connections.id as connection_id,
    accounts.provider,
    ranked_connections.label as connection_label,
    ranked_connections.id is not null and ranked_connections.deleted_at is null as is_connected

from accounts

left join ranked_connections
    on accounts.id = ranked_connections.account_id and ranked_connections.recency_rank = 1
