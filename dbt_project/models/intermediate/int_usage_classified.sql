-- Grain: one row per usage bucket, with the class of its model and the host that served it.
with usage as (

    select * from {{ ref('int_usage_corrected') }}

),

factor_sets as (

    select * from {{ ref('factor_sets') }}

),

model_classes as (

    select * from {{ source('ops', 'model_classes') }}

),

upstream_hosts as (

    select * from {{ ref('upstream_hosts') }}

),

-- A model without a name, or one that no pattern knows, counts with class UNK and its wide range.
classified as (

    select
        usage.*,
        factor_sets.version as factor_version,
        coalesce(model_classes.model_class, 'UNK') as model_class,
        coalesce(model_classes.confidence, 'none') as class_confidence,
        case
            when usage.provider = 'openrouter' then coalesce(upstream_hosts.host, 'openrouter')
            else usage.provider
        end as host

    from usage

    inner join factor_sets
        on factor_sets.is_current

    left join model_classes
        on
            factor_sets.version = model_classes.factor_version
            and usage.provider = model_classes.provider
            and usage.model = model_classes.model

    left join upstream_hosts
        on
            factor_sets.version = upstream_hosts.version
            and lower(trim(usage.upstream)) = upstream_hosts.upstream

)

select * from classified
