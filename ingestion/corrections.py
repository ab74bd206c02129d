"""Corrections: history shown under another project, on purpose and with a reason.

A correction changes analytics only. Workloads stay as they were, and so does whatever a closed period has stated. Of
several that cover a bucket the latest that stands wins; withdrawing one brings back what was before it.
"""

from datetime import date, datetime, timedelta
from typing import Any, Literal, LiteralString, NamedTuple

from psycopg.types.range import Range

from core.audit import audit
from core.database import Connection, Database, fetch_one
from core.ids import public_id
from ingestion.arrivals import touch_usage
from ingestion.checked_selector import checked_selector
from ingestion.errors import (
    ConnectionNotFoundError,
    CorrectionNotFoundError,
    InvalidCorrectionError,
    InvalidReasonError,
    UnknownProjectError,
)
from ingestion.one_line import one_line
from ingestion.usage_row import ProviderName
from ingestion.workloads import Selector

LONGEST_REASON = 500  # code points
_INSTANT = timedelta(microseconds=1)

_SELECT: LiteralString = (
    "select correction.id, correction.account_id, selector_kind, selector_value, lower(span) as start,"
    " upper(span) as end, project_id, project.name as project_name, reason, made_by, made_at, withdrawn_by,"
    " withdrawn_at, reading.id as connection_id, reading.provider"
    " from ops.usage_corrections correction"
    " join ops.projects project on project.id = correction.project_id"
    " join lateral ("
    "   select connection.id, provider from ops.connections connection"
    "   where connection.account_id = correction.account_id"
    "   order by connection.deleted_at is not null, connection.id desc limit 1"
    " ) reading on true"
    " where correction.org_id = %s"
)


class CorrectionView(NamedTuple):
    """Buckets that start in [start, end) and match the selector are the project's; `start` None is open.

    `connection_id` is the connection that reads the account, or read it last. `withdrawn_at` None: it stands.
    """

    id: int
    connection_id: int
    account_id: int
    provider: ProviderName
    selector: Selector
    start: datetime | None
    end: datetime
    project_id: int
    project_name: str
    reason: str
    made_by: str
    made_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None


def list_corrections(database: Database, org_id: int) -> list[CorrectionView]:
    """The organization's corrections, withdrawn ones too, the latest first."""
    with database.tenant(org_id) as connection:
        rows = connection.execute(_SELECT + " order by correction.id desc", [org_id]).fetchall()
    return [_view(row) for row in rows]


def correct_usage(  # noqa: PLR0913 - which usage, to where, why, by whom
    database: Database,
    *,
    org_id: int,
    connection_id: int,
    selector: Selector,
    start: datetime | None,
    end: datetime,
    project_id: int,
    reason: str,
    actor: str,
    now: datetime,
) -> CorrectionView:
    """Show the usage that starts in [start, end) under the project; `start` None reaches back to the first usage.

    The connection may be a deleted one and the project an archived one: their history can be wrong as well. Raises
    ConnectionNotFoundError, UnknownProjectError, InvalidSelectorError, InvalidReasonError, and InvalidCorrectionError
    for a span that is empty or reaches past `now`.
    """
    text = one_line(reason, longest=LONGEST_REASON)
    if text is None:
        raise InvalidReasonError
    check_span(start, end, now=now)
    with database.tenant(org_id) as connection:
        account_id, provider = _account_to_correct(connection, org_id, connection_id)
        checked_selector(selector, provider)
        known_project(connection, org_id, project_id)
        span: Range[datetime] = Range(start, end)
        row = fetch_one(
            connection,
            "insert into ops.usage_corrections (org_id, account_id, selector_kind, selector_value, span, project_id,"
            " reason, made_by, made_at) values (%s, %s, %s, %s, %s::tstzrange, %s, %s, %s, %s) returning id",
            [org_id, account_id, *selector, span, project_id, text, actor, now],
        )
        made = _one(connection, org_id, row["id"])
        _record(connection, org_id, made, "correction.made", actor=actor, now=now)
        return made


def withdraw_correction(
    database: Database, *, org_id: int, correction_id: int, actor: str, now: datetime
) -> CorrectionView:
    """The correction, withdrawn: by now, or earlier already. Raises CorrectionNotFoundError."""
    with database.tenant(org_id) as connection:
        updated = connection.execute(
            "update ops.usage_corrections set withdrawn_by = %s, withdrawn_at = %s"
            " where org_id = %s and id = %s and withdrawn_at is null",
            [actor, now, org_id, correction_id],
        )
        withdrawn = _one(connection, org_id, correction_id)
        if updated.rowcount == 1:
            _record(connection, org_id, withdrawn, "correction.withdrawn", actor=actor, now=now)
        return withdrawn


def check_span(start: datetime | None, end: datetime, *, now: datetime) -> None:
    """Raises InvalidCorrectionError."""
    if end > now:
        raise InvalidCorrectionError(
            "A correction moves history: its span ends now at the latest. Later usage is mapped."
        )
    if start is not None and start >= end:
        raise InvalidCorrectionError("The span is half-open, [start, end): start lies before end.")


def _account_to_correct(connection: Connection, org_id: int, connection_id: int) -> tuple[int, ProviderName]:
    """The account behind the connection, which may be deleted; it stays that until the transaction ends: a quiet
    account goes when its usage shows a known one. Raises ConnectionNotFoundError.
    """
    row = connection.execute(
        "select account_id, provider from ops.connections where org_id = %s and id = %s for share",
        [org_id, connection_id],
    ).fetchone()
    if row is None:
        raise ConnectionNotFoundError
    return row["account_id"], ProviderName(row["provider"])


def known_project(connection: Connection, org_id: int, project_id: int) -> None:
    """Raises UnknownProjectError."""
    row = connection.execute(
        "select 1 from ops.projects where org_id = %s and id = %s", [org_id, project_id]
    ).fetchone()
    if row is None:
        raise UnknownProjectError


def _record(
    connection: Connection,
    org_id: int,
    correction: CorrectionView,
    act: Literal["correction.made", "correction.withdrawn"],
    *,
    actor: str,
    now: datetime,
) -> None:
    audit(
        connection,
        org_id,
        actor=actor,
        act=act,
        subject=public_id("corr", correction.id),
        now=now,
        reason=correction.reason,
    )
    last_day = (correction.end - _INSTANT).date()
    days: Range[date] = Range(
        None if correction.start is None else correction.start.date(), last_day + timedelta(days=1)
    )
    touch_usage(connection, org_id=org_id, account_id=correction.account_id, days=days, cause=act, now=now)


def _one(connection: Connection, org_id: int, correction_id: int) -> CorrectionView:
    row = connection.execute(_SELECT + " and correction.id = %s", [org_id, correction_id]).fetchone()
    if row is None:
        raise CorrectionNotFoundError
    return _view(row)


def _view(row: dict[str, Any]) -> CorrectionView:
    values = dict(row)
    selector = Selector(values.pop("selector_kind"), values.pop("selector_value"))
    return CorrectionView(provider=ProviderName(values.pop("provider")), selector=selector, **values)
