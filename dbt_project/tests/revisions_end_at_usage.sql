-- The last revision of a bucket says what fct_usage has of it, grams included; one that was removed is not there. And
-- each revision begins where the one before it ended.
with revisions as (

    select
        revisions.*,
        lag(revisions.observation_id) over in_order as before_observation_id,
        lag(revisions.output_tokens) over in_order as before_output_tokens,
        lead(revisions.observation_id) over in_order as next_observation_id
    from {{ ref('fct_usage_revisions') }} as revisions
    window in_order as (partition by revisions.usage_hash order by revisions.revision)

)

select
    revisions.usage_hash,
    revisions.revision
from revisions
left join {{ ref('fct_usage') }} as usage
    on revisions.usage_hash = usage.usage_hash
where
    (
        revisions.next_observation_id is null
        and (
            (revisions.change = 'removed') <> (usage.usage_hash is null)
            or (
                revisions.change <> 'removed'
                and (
                    revisions.observation_id <> usage.observation_id
                    {%- for column in period_counters() %}
                    or revisions.{{ column }} is distinct from usage.{{ column }}
                    {%- endfor %}
                    {%- for bound in bounds() %}
                    or revisions.co2e_micrograms_{{ bound }} is distinct from usage.co2e_micrograms_{{ bound }}
                    {%- endfor %}
                )
            )
        )
    )
    or (
        revisions.before_observation_id is not null
        and revisions.previous_output_tokens is distinct from revisions.before_output_tokens
    )
