-- Grain: one row per (factor version, class, host), with the factors of each counter and bound side by side.
with factors as (

    select * from {{ ref('emission_factors') }}

),

pivoted as (

    select
        factors.version as factor_version,
        factors.model_class,
        factors.host,
        {%- for counter in counters() %}
        {%- for bound in bounds() %}
        max(factors.micrograms_co2e_per_token) filter (
            where factors.counter = '{{ counter }}' and factors.bound = '{{ bound }}'
        ) as {{ counter }}_micrograms_per_token_{{ bound }},
        max(factors.micro_wh_per_token) filter (
            where factors.counter = '{{ counter }}' and factors.bound = '{{ bound }}'
        ) as {{ counter }}_micro_wh_per_token_{{ bound }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}

    from factors

    group by factors.version, factors.model_class, factors.host

)

select * from pivoted
