"""The way out of a page of usage: the same rows as a file, with the filters that are on the screen."""

from app.dashboard import address, fragments
from app.dashboard.instants import Period
from app.telemetry.usage_filter import UsageFilter
from core.ids import public_id

FORMATS = {"csv": "CSV", "json": "JSON"}


def show_exports(period: Period, only: UsageFilter) -> None:
    fragments.show(
        "exports.html", links={label: export_address(ending, period, only) for ending, label in FORMATS.items()}
    )


def export_address(ending: str, period: Period, only: UsageFilter) -> str:
    """Of the download on this server; `end` is exclusive, as everywhere in the API."""
    return address.link(
        f"/v1/exports/usage.{ending}",
        start=f"{period.start:%Y-%m-%d}",
        end=f"{period.end:%Y-%m-%d}",
        project_id=None if only.project_id is None else public_id("proj", only.project_id),
        connection_id=None if only.connection_id is None else public_id("conn", only.connection_id),
        model=only.model,
        provider=only.provider,
    )
