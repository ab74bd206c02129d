"""The Python side of the warehouse: factor sets, model classes, dbt, builds, snapshots. Meets ingestion in tables."""
