"""How each model of an organization is classed, and how sure that is."""

from core.database import Database


def model_classes(database: Database, org_id: int) -> dict[tuple[str, str | None], tuple[str, str]]:
    """(provider, model) -> (class, confidence) for the models that the organization has used; 'none' if unmatched."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(
            "select distinct on (used.provider, used.model)"
            "  used.provider, used.model, used.model_class, coalesce(known.confidence, 'none') as confidence"
            " from (select distinct provider, model, model_class from marts.fct_daily_emissions) as used"
            " left join ops.model_classes as known using (provider, model)"
            " order by used.provider, used.model, known.resolved_at desc"
        ).fetchall()
    return {(row["provider"], row["model"]): (row["model_class"], row["confidence"]) for row in rows}
