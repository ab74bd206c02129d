"""How each model of an organization is classed, and how sure that is."""

from psycopg import sql

from app.telemetry.freshness import read_freshness
from app.telemetry.grouping import GroupBy
from app.telemetry.mart_choice import smallest_mart
from app.telemetry.usage_filter import EVERYTHING
from core.database import Database

_CLASSES = sql.SQL(
    "select distinct on (provider, model) provider, model, model_class, class_confidence"
    " from marts.{} order by provider, model, usage_date desc, model_class"
)


def model_classes(database: Database, org_id: int) -> dict[tuple[str, str | None], tuple[str, str]]:
    """(provider, model) -> (class, confidence) for the models that the organization has used, as last counted."""
    with database.tenant(org_id) as connection:
        has_rollups = read_freshness(connection).has_rollups
        mart = smallest_mart([GroupBy.MODEL], EVERYTHING, is_whole_days=True, has_rollups=has_rollups)
        rows = connection.execute(_CLASSES.format(sql.Identifier(mart))).fetchall()
    return {(row["provider"], row["model"]): (row["model_class"], row["class_confidence"]) for row in rows}
