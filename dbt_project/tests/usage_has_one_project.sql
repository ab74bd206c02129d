-- Every usage row has a project of its own organization, and the workload that it was routed by says the same project.
select usage.usage_hash
from {{ ref('fct_usage') }} as usage
left join {{ ref('dim_projects') }} as projects
    on usage.project_id = projects.project_id and usage.org_id = projects.org_id
left join {{ source('ops', 'workloads') }} as workloads
    on usage.workload_id = workloads.id and usage.project_id = workloads.project_id
where projects.project_id is null or workloads.id is null
