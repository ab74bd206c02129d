"""/v1/exports: usage rows as files, streamed; what the telemetry sums up, row by row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from fastapi import APIRouter, Request

from app.accounts.principal import Principal
from app.api.dependencies import context_of
from app.api.downloads import Download
from app.api.exports_csv import COLUMNS, csv_chunks
from app.api.exports_json import UsageExportBody, json_chunks
from app.api.telemetry_parameters import Only, Reader, Span
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_export import UsageExport, usage_export
from app.telemetry.usage_filter import UsageFilter

router = APIRouter(prefix="/v1/exports", tags=["exports"])


class _Form(NamedTuple):
    extension: str
    media_type: str
    chunks: Callable[[UsageExport], Iterator[bytes]]


_AS_CSV = _Form("csv", "text/csv; charset=utf-8; header=present", csv_chunks)
_AS_JSON = _Form("json", "application/json", json_chunks)

_CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A header and one line a usage bucket. Columns: " + ", ".join(COLUMNS) + ".",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


@router.get("/usage.csv", status_code=200, response_class=Download, responses=_CSV_ANSWER)
def export_usage_csv(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Every usage bucket that starts in the span, as CSV (RFC 4180, UTF-8), as of one moment.

    Empty cells are unknown. Text that a spreadsheet would run as a formula starts with an apostrophe; the JSON export
    has it as it is. The lines with is_counted true add up to the summary's totals for the same span and filters.
    """
    return _download(request, principal, span, only, _AS_CSV)


@router.get("/usage.json", response_model=UsageExportBody)
def export_usage_json(request: Request, principal: Reader, span: Span, only: Only) -> Download:
    """Every usage bucket that starts in the span, as one JSON document, as of one moment.

    The rows with is_counted true add up to the summary's totals for the same span and filters.
    """
    return _download(request, principal, span, only, _AS_JSON)


def _download(request: Request, principal: Principal, span: TimeSpan, only: UsageFilter, form: _Form) -> Download:
    database = context_of(request).database

    @contextmanager
    def opening() -> Iterator[Iterator[bytes]]:
        with usage_export(database, principal.org_id, span=span, only=only) as export:
            yield form.chunks(export)

    return Download(
        opening,
        slots=request.app.state.download_slots,
        org_id=principal.org_id,
        media_type=form.media_type,
        file_name=f"carbonledger-usage-{_in_file_name(span)}.{form.extension}",
    )


def _in_file_name(span: TimeSpan) -> str:
    """Half-open, as the parameters: 2026-11-01-2026-12-01 is November."""
    form = "%Y-%m-%d" if span.is_whole_days else "%Y%m%dT%H%M%SZ"
    return f"{span.start:{form}}-{span.end:{form}}"
