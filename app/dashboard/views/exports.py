"""The way out of a page of usage: its rows as a file, or the days they add up to, with the filters on the screen."""

from typing import NamedTuple

import streamlit as st

from app.dashboard import address, fragments
from app.dashboard.instants import Period
from app.telemetry.usage_filter import UsageFilter
from core.ids import public_id

FORMATS = {"csv": "CSV", "json": "JSON", "parquet": "Parquet"}
TABLES = {
    "usage": ("Usage rows", "One row for each bucket that a provider reports"),
    "daily-emissions": ("Daily emissions", "One row for each day, connection, project and model"),
}


class _Table(NamedTuple):
    name: str
    label: str
    meaning: str
    links: dict[str, str]


def show_exports(period: Period, only: UsageFilter) -> None:
    """Two tables in three forms. What is counted in each file adds up to the totals of the page."""
    tables = [_Table(name, label, meaning, _links(name, period, only)) for name, (label, meaning) in TABLES.items()]
    with st.popover("Export", icon=":material/download:", key="export"):
        fragments.show("exports.html", tables=tables)


def _links(table: str, period: Period, only: UsageFilter) -> dict[str, str]:
    return {label: export_address(f"{table}.{ending}", period, only) for ending, label in FORMATS.items()}


def export_address(file: str, period: Period, only: UsageFilter, **asked: str | None) -> str:
    """Of the download `file`, as usage.csv, on this server; `end` is exclusive, as everywhere in the API.

    `asked`: the parameters that this file takes beside span and filters.
    """
    return address.link(
        f"/v1/exports/{file}",
        start=f"{period.start:%Y-%m-%d}",
        end=f"{period.end:%Y-%m-%d}",
        project_id=None if only.project_id is None else public_id("proj", only.project_id),
        connection_id=None if only.connection_id is None else public_id("conn", only.connection_id),
        model=only.model,
        provider=only.provider,
        **asked,
    )
