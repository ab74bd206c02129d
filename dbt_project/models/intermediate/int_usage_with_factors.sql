-- Grain: one row per usage bucket, with the factors of its class on its host; class NA has none.
with usage as (

    select * from {{ ref('int_usage_counted') }}

),

factors as (

    select * from {{ ref('int_factors_pivoted') }}

),

with_factors as (

    select
        usage.*,
        {%- for counter in counters() %}
        {%- for bound in bounds() %}
        factors.{{ counter }}_micrograms_per_token_{{ bound }},
        factors.{{ counter }}_micro_wh_per_token_{{ bound }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}

    from usage

    left join factors
        on
            usage.factor_version = factors.factor_version
            and usage.model_class = factors.model_class
            and usage.host = factors.host

)

select * from with_factors
