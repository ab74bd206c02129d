-- Grain: one row per (factor version, provider, model), with the class that it resolved to.
with model_classes as (

    select * from {{ source('ops', 'model_classes') }}

)

select
    model_classes.factor_version,
    model_classes.provider,
    model_classes.model,
    model_classes.model_class

from model_classes
