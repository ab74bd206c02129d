"""The tables that can be exported: where their rows come from, what a row says, and under which columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, Generic

from app.api.daily_answers import daily_fields
from app.api.export_columns import DAILY_COLUMNS, DIMENSION_COLUMNS, SUM_COLUMNS, USAGE_COLUMNS, Column, flat
from app.api.summary_export_answers import exported_sum_fields
from app.api.telemetry_answers import freshness_fields
from app.api.usage_answers import usage_fields
from app.telemetry.daily_export import DailyEmissions, daily_export
from app.telemetry.export import Export, Row
from app.telemetry.grouping import GroupBy
from app.telemetry.sorting import Sort
from app.telemetry.summary_export import ExportedSum, summary_export
from app.telemetry.usage import Usage
from app.telemetry.usage_export import usage_export
from core.ids import public_id


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """`name` is in file names; `row_count` is what the JSON document calls the number of rows; `versions_of` reads the
    methodology versions off the fields of a row; `asked` is what was asked for beside span and filters."""

    name: str
    row_count: str
    columns: Sequence[Column]
    opening: Callable[..., AbstractContextManager[Export[Row]]]
    fields_of: Callable[[Row], dict[str, Any]]
    versions_of: Callable[[Mapping[str, Any]], Iterable[str]] = lambda fields: (fields["factor_version"],)
    asked: Mapping[str, Any] = field(default_factory=dict)

    def cells(self, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
        """Of each row its cells in the order of the columns: text, bool, int, date, instant, decimal text, or None."""
        in_order = itemgetter(*(column.name for column in self.columns))
        return (in_order(flat(self.fields_of(row))) for row in rows)


USAGE: Table[Usage] = Table("usage", "usage_rows", USAGE_COLUMNS, usage_export, usage_fields)
DAILY_EMISSIONS: Table[DailyEmissions] = Table(
    "daily-emissions", "daily_rows", DAILY_COLUMNS, daily_export, daily_fields
)


def summary_table(group_by: Sequence[GroupBy], sort: Sort | None) -> Table[ExportedSum]:
    """The rows of a summary, the columns of its dimensions first."""
    dimensions = [column for each in group_by for column in DIMENSION_COLUMNS[each]]
    return Table(
        "-".join(["summary", *(["by", *group_by] if group_by else [])]),
        "summary_rows",
        (*dimensions, *SUM_COLUMNS),
        partial(summary_export, group_by=group_by, sort=sort),
        exported_sum_fields,
        versions_of=itemgetter("factor_versions"),
        asked={"group_by": group_by, "sort": sort and sort.text},
    )


def coverage(export: Export[Row], table: Table[Row]) -> Mapping[str, Any]:
    """What the file covers: the span, the filters, what else was asked for, and how far the numbers reach."""
    only = export.only
    return {
        "start": export.span.start,
        "end": export.span.end,
        "filters": {
            "provider": only.provider,
            "model": only.model,
            "project_id": only.project_id and public_id("proj", only.project_id),
            "connection_id": only.connection_id and public_id("conn", only.connection_id),
        },
        **table.asked,
        **freshness_fields(export.freshness),
    }
