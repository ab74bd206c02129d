"""What moves usage without a new observation, as ingestion says it; the locks and the order are core.arrivals'."""

from datetime import datetime

from core.arrivals import ALL_DAYS, lock_arrivals, share_ingestion, touch_usage
from core.database import Connection

__all__ = ["ALL_DAYS", "lock_arrivals", "share_ingestion", "touch_byok_usage", "touch_usage"]


def touch_byok_usage(connection: Connection, *, org_id: int, cause: str, now: datetime) -> None:
    """OpenRouter usage under own provider keys counts or not, depending on what else is connected."""
    rows = connection.execute(
        "select id from ops.provider_accounts where org_id = %s and provider = 'openrouter' order by id", [org_id]
    ).fetchall()
    for row in rows:
        touch_usage(connection, org_id=org_id, account_id=row["id"], days=ALL_DAYS, cause=cause, now=now)
