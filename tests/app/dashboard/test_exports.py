"""The addresses of downloads: the filters that are on the screen."""

from datetime import UTC, datetime

from app.dashboard.instants import Period
from app.dashboard.views.exports import export_address
from app.telemetry.usage_filter import UsageFilter

NOVEMBER = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


def test_without_a_filter_it_is_the_period() -> None:
    address = export_address("usage.json", NOVEMBER, UsageFilter())
    assert address == "/v1/exports/usage.json?start=2026-11-01&end=2026-12-01"


def test_every_filter_goes_along() -> None:
    only = UsageFilter(provider="openai", model="gpt-5&x=1", project_id=2, connection_id=3)
    assert export_address("daily-emissions.csv", NOVEMBER, only) == (
        "/v1/exports/daily-emissions.csv?start=2026-11-01&end=2026-12-01&project_id=proj_2&connection_id=conn_3"
        "&model=gpt-5%26x%3D1&provider=openai"
    )
