"""/v1/exports: usage rows, daily emissions and summaries as files, streamed; the telemetry row by row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from fastapi import APIRouter, Request

from app.accounts.principal import Principal
from app.api.dependencies import context_of
from app.api.downloads import Download
from app.api.export_tables import DAILY_EMISSIONS, USAGE, Table, summary_table
from app.api.exports_csv import csv_chunks
from app.api.exports_json import DailyEmissionsExportBody, SummaryExportBody, UsageExportBody, json_chunks
from app.api.exports_parquet import parquet_chunks
from app.api.telemetry_parameters import Arranged, Only, Reader, Span
from app.telemetry.export import Export, Row
from app.telemetry.grouping import GroupBy
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter

router = APIRouter(prefix="/v1/exports", tags=["exports"])


class _Form(NamedTuple):
    extension: str
    media_type: str
    chunks: Callable[[Export[Any], Table[Any]], Iterator[bytes]]


_AS_CSV = _Form("csv", "text/csv; charset=utf-8; header=present", csv_chunks)
_AS_JSON = _Form("json", "application/json", json_chunks)
_AS_PARQUET = _Form("parquet", "application/vnd.apache.parquet", parquet_chunks)


def _csv_answer(table: Table[Any]) -> dict[int | str, dict[str, Any]]:
    names = ", ".join(column.name for column in table.columns)
    return {
        200: {
            "description": f"A header and one line a row. Columns: {names}.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    }


def _parquet_answer(table: Table[Any]) -> dict[int | str, dict[str, Any]]:
    names = ", ".join(f"{column.name} ({column.kind})" for column in table.columns)
    return {
        200: {
            "description": f"One Parquet file, without floats: decimals have 12 decimal places. Columns: {names}.",
            "content": {_AS_PARQUET.media_type: {"schema": {"type": "string", "format": "binary"}}},
        }
    }


@router.get("/usage.csv", status_code=200, response_class=Download, responses=_csv_answer(USAGE))
def export_usage_csv(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Every usage bucket that starts in the span, as CSV (RFC 4180, UTF-8), as of one moment.

    Empty cells are unknown. Text that a spreadsheet would run as a formula starts with an apostrophe; the JSON and
    Parquet exports have it as it is. The lines with is_counted true add up to the summary's totals for the same span
    and filters.
    """
    return _download(request, principal, USAGE, span=span, only=only, form=_AS_CSV)


@router.get("/usage.json", response_model=UsageExportBody)
def export_usage_json(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Every usage bucket that starts in the span, as one JSON document, as of one moment.

    The rows with is_counted true add up to the summary's totals for the same span and filters.
    """
    return _download(request, principal, USAGE, span=span, only=only, form=_AS_JSON)


@router.get("/usage.parquet", status_code=200, response_class=Download, responses=_parquet_answer(USAGE))
def export_usage_parquet(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Every usage bucket that starts in the span, as Parquet, as of one moment.

    The columns of the CSV with their types. The rows with is_counted true add up to the summary's totals for the same
    span and filters; what the file covers is in its metadata, under `carbonledger`.
    """
    return _download(request, principal, USAGE, span=span, only=only, form=_AS_PARQUET)


@router.get("/daily-emissions.csv", status_code=200, response_class=Download, responses=_csv_answer(DAILY_EMISSIONS))
def export_daily_emissions_csv(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Emissions by UTC day, connection, project and model, as CSV (RFC 4180, UTF-8), as of one moment.

    One line for all usage of a day that shares model class, host and methodology version too. A day that lies partly in
    the span has what started in that part. The lines with is_counted true add up to the summary's totals for the same
    span and filters.
    """
    return _download(request, principal, DAILY_EMISSIONS, span=span, only=only, form=_AS_CSV)


@router.get("/daily-emissions.json", response_model=DailyEmissionsExportBody)
def export_daily_emissions_json(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Emissions by UTC day, connection, project and model, as one JSON document, as of one moment.

    The rows are those of the CSV. Those with is_counted true add up to the summary's totals for the same span and
    filters.
    """
    return _download(request, principal, DAILY_EMISSIONS, span=span, only=only, form=_AS_JSON)


@router.get(
    "/daily-emissions.parquet", status_code=200, response_class=Download, responses=_parquet_answer(DAILY_EMISSIONS)
)
def export_daily_emissions_parquet(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Emissions by UTC day, connection, project and model, as Parquet, as of one moment.

    The columns of the CSV with their types. The rows with is_counted true add up to the summary's totals for the same
    span and filters; what the file covers is in its metadata, under `carbonledger`.
    """
    return _download(request, principal, DAILY_EMISSIONS, span=span, only=only, form=_AS_PARQUET)


_EVERY_SUM = summary_table(tuple(GroupBy), None)


@router.get("/summary.csv", status_code=200, response_class=Download, responses=_csv_answer(_EVERY_SUM))
def export_summary_csv(request: Request, principal: Reader, span: Span, only: Only, arranged: Arranged) -> Download:
    """The rows of a summary in its order, however many, as CSV (RFC 4180, UTF-8), as of one moment.

    The columns of the dimensions asked for come first, in the order asked; the others are always there. The lines add
    up to the summary's totals. Hours and keys of as long a span as any.
    """
    return _download(request, principal, summary_table(*arranged), span=span, only=only, form=_AS_CSV)


@router.get("/summary.json", response_model=SummaryExportBody)
def export_summary_json(request: Request, principal: Reader, span: Span, only: Only, arranged: Arranged) -> Download:
    """The rows of a summary in its order, however many, as one JSON document, as of one moment.

    They add up to the summary's totals. Hours and keys of as long a span as any.
    """
    return _download(request, principal, summary_table(*arranged), span=span, only=only, form=_AS_JSON)


@router.get("/summary.parquet", status_code=200, response_class=Download, responses=_parquet_answer(_EVERY_SUM))
def export_summary_parquet(request: Request, principal: Reader, span: Span, only: Only, arranged: Arranged) -> Download:
    """The rows of a summary in its order, however many, as Parquet, as of one moment.

    The columns of the CSV with their types. The rows add up to the summary's totals; what the file covers is in its
    metadata, under `carbonledger`. Hours and keys of as long a span as any.
    """
    return _download(request, principal, summary_table(*arranged), span=span, only=only, form=_AS_PARQUET)


def _download(
    request: Request, principal: Principal, table: Table[Row], *, span: TimeSpan, only: UsageFilter, form: _Form
) -> Download:
    database = context_of(request).database

    @contextmanager
    def opening() -> Iterator[Iterator[bytes]]:
        with table.opening(database, principal.org_id, span=span, only=only) as export:
            yield form.chunks(export, table)

    return Download(
        opening,
        slots=request.app.state.download_slots,
        org_id=principal.org_id,
        media_type=form.media_type,
        file_name=f"carbonledger-{table.name}-{_in_file_name(span)}.{form.extension}",
    )


def _in_file_name(span: TimeSpan) -> str:
    """Half-open, as the parameters: 2026-11-01-2026-12-01 is November."""
    form = "%Y-%m-%d" if span.is_whole_days else "%Y%m%dT%H%M%SZ"
    return f"{span.start:{form}}-{span.end:{form}}"
