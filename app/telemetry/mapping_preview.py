"""What would go where: usage of a span under a changed mapping, or under a correction, before anything is saved.

marts.fct_usage of one account, by provider's project and key -> the project of each part before and after. Rows that
totals leave out are not shown: they move too, and nobody sees it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, Inexact
from functools import reduce
from typing import Any

from psycopg import sql

from app.telemetry.freshness import read_freshness
from app.telemetry.measures import TOKENS
from app.telemetry.names import NamedProject, read_names
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import account_behind
from core.database import Connection, Database, fetch_one
from ingestion.checked_selector import checked_selector
from ingestion.corrections import known_project
from ingestion.errors import ConnectionNotFoundError
from ingestion.mapping import WHOLE_ACCOUNT, MappingChange, Selector, check_changes
from ingestion.projects import lock_open_projects
from ingestion.usage_row import ProviderName

_NONE = "(none)"  # how selectors write an id that the provider does not name
_EXACT = Context(prec=60, traps=[Inexact])

Mapped = Mapping[Selector, int]


@dataclass(frozen=True, slots=True)
class PreviewedPart:
    """Usage of one provider project (or workspace) and key. None: the provider names or reports none."""

    provider_project_id: str | None
    api_key_id: str | None
    tokens: int | None
    co2e_micrograms_central: Decimal | None
    before: NamedProject
    after: NamedProject


@dataclass(frozen=True, slots=True)
class PreviewedProject:
    """What a project has of the previewed usage; the sums over projects are the same before and after."""

    project: NamedProject
    tokens_before: int
    tokens_after: int
    co2e_micrograms_before: Decimal
    co2e_micrograms_after: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """`parts` by provider project and key; `projects` by name, those that have something before or after."""

    parts: Sequence[PreviewedPart]
    projects: Sequence[PreviewedProject]


def preview_mapping(
    database: Database,
    org_id: int,
    connection_id: int,
    changes: Sequence[MappingChange],
    *,
    span: TimeSpan,
    at: datetime,
) -> Preview:
    """The span's usage as the mapping in force at `at` would route it, beside what it would do with the changes.

    It is a sample of the usage to come: what the span itself was booked under, corrections included, does not matter.
    Raises ConnectionNotFoundError, also for a deleted connection, and whatever else saving the changes would.
    """
    with database.tenant(org_id) as connection:
        account_id = _account_read_by(connection, connection_id)
        check_changes(changes, _provider(connection, account_id))
        lock_open_projects(
            connection, org_id, [change.project_id for change in changes if change.project_id is not None]
        )
        projects = read_names(connection).projects
        before = _mapping(connection, account_id, at)
        rows = _usage(connection, account_id, WHOLE_ACCOUNT, start=span.start, end=span.end, by=_ALL_PROJECTS)
    after = dict(before)
    for change in changes:
        if change.project_id is None:
            after.pop(change.selector, None)
        else:
            after[change.selector] = change.project_id
    return _preview(rows, projects, before=lambda row: _routed(before, row), after=lambda row: _routed(after, row))


def preview_correction(
    database: Database,
    org_id: int,
    connection_id: int,
    selector: Selector,
    *,
    start: datetime | None,
    end: datetime,
    project_id: int,
) -> Preview:
    """The usage that a correction of buckets that begin in [start, end) would show under another project; no start:
    from the beginning. Before: as it is shown now, corrections that stand included.

    Raises NotFoundError where the connection is not theirs, UnknownProjectError, and InvalidSelectorError.
    """
    with database.tenant(org_id) as connection:
        account_id = account_behind(connection, connection_id)
        checked_selector(selector, _provider(connection, account_id))
        known_project(connection, org_id, project_id)
        projects = read_names(connection).projects
        rows = _usage(connection, account_id, selector, start=start, end=end, by=_PROJECT_SHOWN)
    return _preview(rows, projects, before=lambda row: int(row["project_id"]), after=lambda _row: project_id)


_CONDITIONS: Mapping[str, sql.SQL] = {
    "account": sql.SQL("true"),
    "project": sql.SQL("coalesce(provider_project_id, '(none)') = %(selector)s"),
    "api_key": sql.SQL("coalesce(api_key_id, '(none)') = %(selector)s"),
}

_PROJECT_SHOWN = sql.SQL("project_id")
_ALL_PROJECTS = sql.SQL("null::bigint")

_USAGE = sql.SQL("""
select
    provider_project_id collate "C" as provider_project_id, api_key_id collate "C" as api_key_id, {by} as project_id,
    sum({tokens}) as tokens, sum(co2e_micrograms_central) as co2e
from marts.fct_usage
where account_id = %(account)s and is_counted and {condition}
    and bucket_started_at < %(end)s and usage_date <= %(last_day)s
    and (%(start)s::timestamptz is null or bucket_started_at >= %(start)s and usage_date >= %(first_day)s)
group by 1, 2, 3
order by 1 nulls first, 2 nulls first, 3
""")


def _usage(
    connection: Connection, account_id: int, selector: Selector, *, start: datetime | None, end: datetime, by: sql.SQL
) -> list[dict[str, Any]]:
    if read_freshness(connection).built_at is None:  # the first build makes the marts
        return []
    query = _USAGE.format(tokens=TOKENS, condition=_CONDITIONS[selector.kind], by=by)
    parameters = {"account": account_id, "selector": selector.value, "start": start, "end": end}
    parameters |= {"first_day": start and start.date(), "last_day": end.date()}
    return connection.execute(query, parameters).fetchall()


def _account_read_by(connection: Connection, connection_id: int) -> int:
    """Raises ConnectionNotFoundError."""
    row = connection.execute(
        "select account_id from ops.connections where id = %s and deleted_at is null", [connection_id]
    ).fetchone()
    if row is None:
        raise ConnectionNotFoundError
    return int(row["account_id"])


def _provider(connection: Connection, account_id: int) -> ProviderName:
    row = fetch_one(connection, "select provider from ops.provider_accounts where id = %s", [account_id])
    return ProviderName(row["provider"])


def _mapping(connection: Connection, account_id: int, at: datetime) -> Mapped:
    found = connection.execute(
        "select selector_kind as kind, selector_value as value, project_id from ops.workloads"
        " where account_id = %s and in_force @> %s::timestamptz",
        [account_id, at],
    ).fetchall()
    return {Selector(row["kind"], row["value"]): row["project_id"] for row in found}


def _routed(mapped: Mapped, row: Mapping[str, Any]) -> int:
    """The project of the most specific selector: key, then the provider's project, then the account."""
    for selector in (
        Selector("api_key", row["api_key_id"] or _NONE),
        Selector("project", row["provider_project_id"] or _NONE),
    ):
        if selector in mapped:
            return mapped[selector]
    return mapped[WHOLE_ACCOUNT]


def _preview(
    rows: Iterable[Mapping[str, Any]],
    names: Mapping[int, str],
    *,
    before: Callable[[Mapping[str, Any]], int],
    after: Callable[[Mapping[str, Any]], int],
) -> Preview:
    named = {project_id: NamedProject(project_id, name) for project_id, name in names.items()}
    parts = [
        PreviewedPart(
            provider_project_id=row["provider_project_id"],
            api_key_id=row["api_key_id"],
            tokens=None if row["tokens"] is None else int(row["tokens"]),
            co2e_micrograms_central=row["co2e"],
            before=named[before(row)],
            after=named[after(row)],
        )
        for row in rows
    ]
    concerned = {part.before for part in parts} | {part.after for part in parts}
    return Preview(
        parts,
        [
            _of_project(
                project,
                had=[part for part in parts if part.before == project],
                gets=[part for part in parts if part.after == project],
            )
            for project in sorted(concerned, key=lambda project: (project.name, project.id))
        ],
    )


def _of_project(
    project: NamedProject, *, had: Sequence[PreviewedPart], gets: Sequence[PreviewedPart]
) -> PreviewedProject:
    return PreviewedProject(
        project,
        tokens_before=sum(part.tokens or 0 for part in had),
        tokens_after=sum(part.tokens or 0 for part in gets),
        co2e_micrograms_before=_mass(had),
        co2e_micrograms_after=_mass(gets),
    )


def _mass(parts: Sequence[PreviewedPart]) -> Decimal:
    return reduce(_EXACT.add, (part.co2e_micrograms_central or Decimal(0) for part in parts), Decimal(0))
