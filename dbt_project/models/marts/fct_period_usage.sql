-- Grain: one row per usage bucket that no close has stated as it is now: all of it while its period is open, and what
-- changed since its period was sealed, an adjustment. What was waived is neither.
-- An incremental build first deletes these days: depends_on: {{ ref('int_account_days_to_build') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=['{{ plan_for_scope() }}', '{{ delete_days_to_build() }}'],
        post_hook=["{{ index_mart(['account_id', 'usage_date']) }}",
                   "{{ index_mart(['org_id', 'origin_period_id']) }}"],
    )
}}

with usage as (

    select * from {{ ref('fct_usage') }}

),

account_days as (

    select * from {{ ref('int_account_days_to_build') }}

),

billed as (

    select * from {{ ref('int_usage_billed_so_far') }}

),

periods as (

    select * from {{ ref('int_billing_periods') }}

),

model_classes as (

    select * from {{ ref('int_model_classes') }}

),

upstream_hosts as (

    select * from {{ ref('upstream_hosts') }}

),

factors as (

    select * from {{ ref('int_factors_pivoted') }}

),

-- What is left out is as if it were not there.
counted as (

    select usage.*
    from usage
    inner join account_days
        on usage.account_id = account_days.account_id and usage.usage_date = account_days.usage_date
    where usage.is_counted and usage.period_id is not null

),

-- A counter that neither side knows stays unknown.
compared as (

    select
        coalesce(billed.org_id, counted.org_id) as org_id,
        coalesce(billed.usage_hash, counted.usage_hash) as usage_hash,
        coalesce(billed.origin_period_id, counted.period_id) as origin_period_id,
        coalesce(billed.account_id, counted.account_id) as account_id,
        coalesce(billed.project_id, counted.project_id) as project_id,
        coalesce(billed.provider, counted.provider) as provider,
        coalesce(billed.model, counted.model) as model,
        billed.model_class as billed_model_class,
        billed.host as billed_host,
        counted.upstream,
        {%- for column in period_counters() %}
        case
            when coalesce(counted.{{ column }}, billed.{{ column }}) is not null
                then cast(coalesce(counted.{{ column }}, 0) - coalesce(billed.{{ column }}, 0) as bigint)
        end as {{ column }},
        {%- endfor %}
        coalesce(billed.usage_date, counted.usage_date) as usage_date,
        coalesce(billed.bucket_started_at, counted.bucket_started_at) as bucket_started_at

    from counted

    full outer join billed
        on counted.usage_hash = billed.usage_hash

),

unstated as (

    select
        compared.*,
        periods.is_sealed as is_adjustment,
        case when periods.is_sealed then periods.next_closing_period_id else periods.period_id end as period_id,
        periods.factor_version

    from compared

    inner join periods
        on compared.origin_period_id = periods.period_id

    where
        not periods.is_sealed
        or (
            periods.funding = 'paid'
            and (
                {%- for column in period_counters() %}
                {{ 'or ' if not loop.first }}coalesce(compared.{{ column }}, 0) <> 0
                {%- endfor %}
            )
        )

),

-- The period's own factor version says what a model's class and its host are, and a first statement is kept to.
classified as (

    select
        unstated.*,
        coalesce(unstated.billed_model_class, model_classes.model_class, 'UNK') as model_class,
        coalesce(
            unstated.billed_host,
            case when unstated.provider = 'openrouter' then coalesce(upstream_hosts.host, 'openrouter') end,
            unstated.provider
        ) as host

    from unstated

    left join model_classes
        on
            unstated.factor_version = model_classes.factor_version
            and unstated.provider = model_classes.provider
            and unstated.model = model_classes.model

    left join upstream_hosts
        on
            unstated.factor_version = upstream_hosts.version
            and lower(trim(unstated.upstream)) = upstream_hosts.upstream

),

priced as (

    select
        classified.*,
        {%- for bound in bounds() %}
        {%- for counter in counters() %}
        {{ times_factor('classified.' ~ counter ~ '_tokens', 'factors.' ~ counter ~ '_micrograms_per_token_' ~ bound) }}
            as {{ counter }}_micrograms_{{ bound }},
        {{ times_factor('classified.' ~ counter ~ '_tokens', 'factors.' ~ counter ~ '_micro_wh_per_token_' ~ bound) }}
            as {{ counter }}_micro_wh_{{ bound }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}

    from classified

    left join factors
        on
            classified.factor_version = factors.factor_version
            and classified.model_class = factors.model_class
            and classified.host = factors.host

)

select
    priced.org_id,
    priced.usage_hash,
    priced.period_id,
    priced.origin_period_id,
    priced.account_id,
    priced.project_id,
    priced.provider,
    priced.model,
    priced.model_class,
    priced.host,
    priced.factor_version,
    {%- for column in period_counters() %}
    priced.{{ column }},
    {%- endfor %}
    {%- for bound in bounds() %}
    {{
        known_sum([
            'priced.uncached_input_micrograms_' ~ bound, 'priced.cache_read_micrograms_' ~ bound,
            'priced.cache_write_5m_micrograms_' ~ bound, 'priced.cache_write_1h_micrograms_' ~ bound,
            'priced.output_micrograms_' ~ bound,
        ])
    }} as co2e_micrograms_{{ bound }},
    {%- endfor %}
    {%- for bound in bounds() %}
    {{
        known_sum([
            'priced.uncached_input_micro_wh_' ~ bound, 'priced.cache_read_micro_wh_' ~ bound,
            'priced.cache_write_5m_micro_wh_' ~ bound, 'priced.cache_write_1h_micro_wh_' ~ bound,
            'priced.output_micro_wh_' ~ bound,
        ])
    }} as energy_micro_wh_{{ bound }},
    {%- endfor %}
    priced.is_adjustment,
    priced.usage_date,
    priced.bucket_started_at

from priced
