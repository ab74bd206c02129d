"""What the charts hand to the browser."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd

from app.dashboard.charts import DailyPart, daily_chart
from app.dashboard.instants import Period

PERIOD = Period.of_dates(date(2026, 11, 16), date(2026, 11, 22))


def test_a_days_bar_stands_at_its_midnight_of_utc_wherever_the_reader_is() -> None:
    """Streamlit moves instants without a zone by the reader's own: east of Greenwich each bar stood a day early."""
    chart = daily_chart([DailyPart(date(2026, 11, 18), "a model", Decimal(1))], PERIOD)
    frame = chart.data
    assert isinstance(frame, pd.DataFrame)
    assert [day.to_pydatetime() for day in frame["day"]] == [datetime(2026, 11, 18, tzinfo=UTC)]
    assert str(frame["day"].dtype).endswith(", UTC]")
