-- Grain: one row per usage bucket, with the class of its model and the host that served it.
with usage as (

    select * from {{ ref('int_usage_corrected') }}

),

classified as (

    {{ classified('usage') }}

)

select * from classified
