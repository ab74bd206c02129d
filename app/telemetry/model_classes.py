"""How each model of an organization is classed, and how sure that is."""

from core.database import Database


def model_classes(database: Database, org_id: int) -> dict[tuple[str, str | None], tuple[str, str]]:
    """(provider, model) -> (class, confidence) for the models that the organization has used, as last counted."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(
            "select distinct on (provider, model) provider, model, model_class, class_confidence"
            " from marts.fct_daily_emissions order by provider, model, usage_date desc, model_class"
        ).fetchall()
    return {(row["provider"], row["model"]): (row["model_class"], row["class_confidence"]) for row in rows}
