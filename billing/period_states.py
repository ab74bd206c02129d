"""The states of a billing period and the one way from one to another: a row of ops.billing_period_moves each time.

open              its end has not come
awaiting_payment  it ended, and its invoice is neither paid nor failed
failed            its invoice failed, or what was paid was taken back; it recovers when the invoice is paid
reconciling       it ended and is paid: 48 hours in which late usage still counts
frozen            its usage is sealed and its grams are stated
awaiting_credits  the stock is short
retiring          held units are being retired for it
retired           its grams are allotted
closed            the end of a paid period
waived            the end of a free or a trial period: sealed, nothing retired
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from psycopg import sql

from billing.period import PERIOD_COLUMNS, Period, PeriodState
from billing.period_errors import IllegalMoveError, LostRaceError
from core.database import Connection

RECONCILIATION = timedelta(hours=48)
"""Between the end of a paid period (or its payment, if that is later) and its freeze."""

# A move from a state to itself amends the period: its span, its tier, what pays for it. Back to open goes what became
# free because its subscription had ended before it.
ALLOWED_MOVES: Mapping[PeriodState, frozenset[PeriodState]] = {
    "open": frozenset({"open", "failed", "awaiting_payment", "reconciling", "waived"}),
    "awaiting_payment": frozenset({"awaiting_payment", "open", "failed", "reconciling"}),
    "failed": frozenset({"failed", "open", "reconciling"}),
    "reconciling": frozenset({"reconciling", "open", "failed", "frozen"}),
    "frozen": frozenset({"awaiting_credits", "retiring", "retired"}),
    "awaiting_credits": frozenset({"retiring", "retired"}),
    "retiring": frozenset({"awaiting_credits", "retired"}),
    "retired": frozenset({"closed"}),
    "closed": frozenset(),
    "waived": frozenset(),
}
assert set(ALLOWED_MOVES) == set(get_args(PeriodState))  # noqa: S101 - a state without a row would be a KeyError later

_MOVE = sql.SQL(
    "update ops.billing_periods set state = %(to)s, version = version + 1{facts}"
    " where id = %(id)s and state = %(from)s and version = %(version)s returning {columns}"
)


def move(
    connection: Connection, period: Period, to: PeriodState, *, cause: str, actor: str, now: datetime, **facts: object
) -> Period:
    """The period as it is then; `facts` are columns that change with it.

    Raises IllegalMoveError, and LostRaceError if the period is no longer as `period` says: the caller's transaction
    is then to be given up.
    """
    if to not in ALLOWED_MOVES[period.state]:
        raise IllegalMoveError(period.id, period.state, to)
    assignments = [sql.SQL(", {} = {}").format(sql.Identifier(name), sql.Placeholder(f"fact_{name}")) for name in facts]
    row = connection.execute(
        _MOVE.format(facts=sql.SQL("").join(assignments), columns=sql.SQL(PERIOD_COLUMNS)),
        {
            "to": to,
            "id": period.id,
            "from": period.state,
            "version": period.version,
            **{f"fact_{name}": value for name, value in facts.items()},
        },
    ).fetchone()
    if row is None:
        raise LostRaceError(period.id)
    moved = Period.of_row(row)
    record_move(connection, moved, came_from=period.state, cause=cause, actor=actor, now=now)
    return moved


def record_move(
    connection: Connection, moved: Period, *, came_from: PeriodState | None, cause: str, actor: str, now: datetime
) -> None:
    """The row of the move that made the period what it is; `came_from` None: it was opened."""
    connection.execute(
        "insert into ops.billing_period_moves (org_id, period_id, version, from_state, to_state, cause, actor, at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [moved.org_id, moved.id, moved.version, came_from, moved.state, cause, actor, now],
    )


def close_at(ends_at: datetime, paid_at: datetime) -> datetime:
    """When a paid period freezes: 48 hours after its end or its payment, whichever is later."""
    return max(ends_at, paid_at) + RECONCILIATION
