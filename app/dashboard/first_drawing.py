"""What takes long the first time, done once before a visitor comes: each template is compiled, and a chart is drawn.

Altair reads the schema of all charts with the first one, which takes longer than the rest of a page.
"""

from datetime import UTC, datetime
from decimal import Decimal

from app.dashboard import fragments
from app.dashboard.charts import DailyPart, daily_chart
from app.dashboard.instants import Period

_A_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def draw() -> None:
    fragments.compile_templates()
    period = Period.last_days(7, now=_A_DAY)
    daily_chart([DailyPart(_A_DAY.date(), "A model", Decimal(1))], period).to_dict()
