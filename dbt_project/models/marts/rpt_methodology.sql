-- Grain: one row per (factor version, class, host, counter), with the three bounds side by side.
with factors as (

    select * from {{ ref('emission_factors') }}

),

factor_sets as (

    select * from {{ ref('factor_sets') }}

)

select
    factors.version as factor_version,
    factors.model_class,
    factors.host,
    factors.counter,
    {%- for bound in bounds() %}
    cast(
        max(factors.micrograms_co2e_per_token) filter (where factors.bound = '{{ bound }}') as numeric(18, 6)
    ) as micrograms_co2e_per_token_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    cast(
        max(factors.micro_wh_per_token) filter (where factors.bound = '{{ bound }}') as numeric(18, 6)
    ) as micro_wh_per_token_{{ bound }},
    {%- endfor %}
    factor_sets.is_current

from factors

inner join factor_sets
    on factors.version = factor_sets.version

group by factors.version, factors.model_class, factors.host, factors.counter, factor_sets.is_current
