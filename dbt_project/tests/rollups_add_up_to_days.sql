-- Both rollups hold exactly what the days hold: no row is lost, counted twice or left from an earlier build.
{%- set sums = summed_counts() + summed_estimates() %}
{%- set rollups = {'fct_daily_models': 'model_class', 'fct_daily_projects': 'project_id'} %}
{%- for rollup, dimension in rollups.items() %}
(
    with days as (

        select
            account_id,
            usage_date,
            is_counted,
            {{ dimension }},
            {%- for column in sums %}
            sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ ref('fct_daily_emissions') }}
        group by account_id, usage_date, is_counted, {{ dimension }}

    ),

    rolled_up as (

        select
            account_id,
            usage_date,
            is_counted,
            {{ dimension }},
            {%- for column in sums %}
            sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ ref(rollup) }}
        group by account_id, usage_date, is_counted, {{ dimension }}

    )

    select
        '{{ rollup }}' as rollup,
        coalesce(days.account_id, rolled_up.account_id) as account_id,
        coalesce(days.usage_date, rolled_up.usage_date) as usage_date
    from days
    full outer join rolled_up
        on
            days.account_id = rolled_up.account_id
            and days.usage_date = rolled_up.usage_date
            and days.is_counted = rolled_up.is_counted
            and days.{{ dimension }} = rolled_up.{{ dimension }}
    where
        {%- for column in sums %}
        {{ 'or ' if not loop.first }}days.{{ column }} is distinct from rolled_up.{{ column }}
        {%- endfor %}
)
{{ 'union all' if not loop.last }}
{%- endfor %}
