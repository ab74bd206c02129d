"""Which mart answers a question about usage: the smallest one that still tells apart what is asked for.

All hold the same sums (tested): fct_daily_models leaves projects out, fct_daily_projects leaves models out. An
organization with hundreds of projects has hundreds of days' rows for each one of the former.
"""

from collections.abc import Iterable

from app.telemetry.grouping import ROLLUPS, GroupBy, Mart
from app.telemetry.usage_filter import UsageFilter

_OF_ALL = frozenset({GroupBy.DAY, GroupBy.CONNECTION, GroupBy.PROVIDER})
_TOLD_APART: dict[Mart, frozenset[GroupBy]] = {
    "fct_daily_models": _OF_ALL | {GroupBy.MODEL},
    "fct_daily_projects": _OF_ALL | {GroupBy.PROJECT},
    "fct_daily_emissions": _OF_ALL | {GroupBy.MODEL, GroupBy.PROJECT},
}
"""Of each mart of days; the smallest first."""


def smallest_mart(group_by: Iterable[GroupBy], only: UsageFilter, *, is_whole_days: bool, has_rollups: bool) -> Mart:
    """The mart for these dimensions and this filter over a span; fct_usage where days do not tell apart enough."""
    if not is_whole_days:
        return "fct_usage"
    asked = {*group_by}
    if only.model is not None:
        asked.add(GroupBy.MODEL)
    if only.project_id is not None:
        asked.add(GroupBy.PROJECT)
    for mart, told_apart in _TOLD_APART.items():
        if asked <= told_apart and (has_rollups or mart not in ROLLUPS):
            return mart
    return "fct_usage"
