-- Every usage row has a project of its own organization: that of its workload, or of its correction if it has one.
select usage.usage_hash
from {{ ref('fct_usage') }} as usage
left join {{ ref('dim_projects') }} as projects
    on usage.project_id = projects.project_id and usage.org_id = projects.org_id
left join {{ source('ops', 'workloads') }} as workloads
    on usage.workload_id = workloads.id and usage.account_id = workloads.account_id
left join {{ source('ops', 'usage_corrections') }} as corrections
    on usage.correction_id = corrections.id and usage.account_id = corrections.account_id
where
    projects.project_id is null
    or workloads.id is null
    or (usage.correction_id is null) <> (corrections.id is null)
    or usage.project_id <> coalesce(corrections.project_id, workloads.project_id)
