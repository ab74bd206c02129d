-- Grain: one row per project of an organization.
with projects as (

    select * from {{ source('ops', 'projects') }}

)

select
    projects.org_id,
    projects.id as project_id,
    projects.name as project_name,
    projects.is_default,
    projects.archived_at is not null as is_archived

from projects
