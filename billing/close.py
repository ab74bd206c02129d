"""Close billing periods: one step of one period in one transaction, until nothing is due.

open → reconciling → frozen → (awaiting_credits | retiring) → retired → closed, and open → waived for what was free.
Every step may be killed at any line and run again: a step is a compare-and-set on the period's state, written with all
that it does. Closers may run side by side; each locks the row that it works on, and the others pass it over.

Order of locks in a step: the period's row (`no key update`: rows that refer to the period do not wait), then for a
freeze the ingest lock and the arrival lock, for an allocation the blocks of credits.
"""

from datetime import datetime, timedelta
from typing import assert_never

import psycopg

from billing.close_notices import tell_broken, tell_short
from billing.credits.allocation import allocate
from billing.credits.policy import Policy
from billing.freeze import freeze, waive
from billing.mirrored import load_invoices
from billing.period import PERIOD_COLUMNS, Period
from billing.period_states import move
from billing.period_touches import touch_moved_days
from billing.periods import open_due_months
from billing.settlement import reconcile, settle, take_back
from core.clock import Clock
from core.database import Connection, Database

ACTOR = "close"

UNPAID_AGAIN_AFTER = timedelta(hours=1)
UNSEEN_AGAIN_AFTER = timedelta(minutes=5)  # until a build has seen everything
SHORT_AGAIN_AFTER = timedelta(hours=1)
RETIRING_AGAIN_AFTER = timedelta(minutes=5)
HELD_AGAIN_AFTER = timedelta(hours=1)
BROKEN_AGAIN_AFTER = timedelta(hours=1)


def close_due(database: Database, *, clock: Clock, policy: Policy) -> int:
    """Take every step that is due; returns how many were looked at. Any number of closers may run at once."""
    open_due_months(database, now=clock.now())
    steps = 0
    while close_step(database, policy=policy, now=clock.now()):
        steps += 1
    return steps


def is_due(database: Database, *, now: datetime) -> bool:
    """Whether `close_due` would find a step, or a month to open."""
    with database.worker() as connection:
        row = connection.execute(
            "select 1 where exists (select from ops.billing_periods"
            "  where next_attempt_at <= %(now)s and state not in ('closed', 'waived'))"
            " or exists (select from ops.covering_lines where not is_done and opened_through <= %(now)s)",
            {"now": now},
        ).fetchone()
    return row is not None


def look_again(database: Database, *, org_id: int, now: datetime) -> None:
    """Let the organization's ended periods whose step was put off take it now: what they waited for may have come."""
    with database.worker() as connection:
        connection.execute(
            "update ops.billing_periods set next_attempt_at = %(now)s where id in ("
            " select id from ops.billing_periods where org_id = %(org_id)s and next_attempt_at > %(now)s"
            " and state not in ('closed', 'waived') and upper(span) <= %(now)s"
            " and coalesce(close_at, upper(span)) <= %(now)s order by id for no key update)",
            {"org_id": org_id, "now": now},
        )


def close_step(database: Database, *, policy: Policy, now: datetime) -> bool:
    """One step of the period that is due longest, or a later time for it; False if none is due and free.

    A step that fails is undone and tried again an hour later, and operators are told: it keeps no other period waiting.
    """
    with database.worker() as connection:
        row = connection.execute(
            f"select {PERIOD_COLUMNS} from ops.billing_periods"
            " where next_attempt_at <= %s and state not in ('closed', 'waived')"
            " order by next_attempt_at, id for no key update skip locked limit 1",
            [now],
        ).fetchone()
        if row is None:
            return False
        period = Period.of_row(row)
        try:
            with connection.transaction():
                _step(connection, period, policy=policy, now=now)
        except psycopg.OperationalError:
            raise  # the database's own trouble passes by itself, or stops every period alike
        except Exception as error:  # noqa: BLE001 - one period, whatever is wrong with it, holds up no other
            tell_broken(connection, period, error, now=now)
            _postpone(connection, period, BROKEN_AGAIN_AFTER, now=now)
        return True


def _step(connection: Connection, period: Period, *, policy: Policy, now: datetime) -> None:
    match period.state:
        case "open" if period.funding != "paid":
            if waive(connection, period, actor=ACTOR, now=now) is None:
                _postpone(connection, period, UNSEEN_AGAIN_AFTER, now=now)
        case "open" | "awaiting_payment":
            _look_at_payment(connection, period, now=now)
        case "reconciling":
            _close_books(connection, period, now=now)
        case "frozen" | "awaiting_credits" | "retiring":
            _allot(connection, period, policy=policy, now=now)
        case "retired":
            facts = {"closed_at": now, "next_attempt_at": None}
            move(connection, period, "closed", cause="its grams are allotted", actor=ACTOR, now=now, **facts)
        case "failed" | "closed" | "waived":
            _postpone(connection, period, None, now=now)
        case _:
            assert_never(period.state)


def _look_at_payment(connection: Connection, period: Period, *, now: datetime) -> None:
    """A paid period has ended, or did and was unpaid."""
    invoice = load_invoices(connection, period.org_id)[str(period.settling_invoice_id)]
    if invoice.failure is None and invoice.paid_at is not None:
        reconcile(connection, period, invoice.paid_at, cause="its end has come", actor=ACTOR, now=now)
    elif invoice.failure is not None:
        settle(connection, period, invoice, actor=ACTOR, now=now)
        touch_moved_days(connection, org_id=period.org_id, days=(), cause="payment-failed", now=now)
    elif period.state == "open":
        facts = {"next_attempt_at": now + UNPAID_AGAIN_AFTER}
        move(connection, period, "awaiting_payment", cause="it ended unpaid", actor=ACTOR, now=now, **facts)
    else:
        _postpone(connection, period, UNPAID_AGAIN_AFTER, now=now)


def _close_books(connection: Connection, period: Period, *, now: datetime) -> None:
    invoice = load_invoices(connection, period.org_id)[str(period.settling_invoice_id)]
    if invoice.is_taken_back:
        take_back(connection, period, actor=ACTOR, now=now)
        touch_moved_days(connection, org_id=period.org_id, days=(), cause="payment-failed", now=now)
    elif freeze(connection, period, actor=ACTOR, now=now) is None:
        _postpone(connection, period, UNSEEN_AGAIN_AFTER, now=now)


def _allot(connection: Connection, period: Period, *, policy: Policy, now: datetime) -> None:
    grams = period.retire_grams or 0
    if grams > 0 and _is_on_hold(connection, period.org_id):
        _postpone(connection, period, HELD_AGAIN_AFTER, now=now)
        return
    answer = allocate(connection, org_id=period.org_id, period_id=period.id, grams=grams, policy=policy, now=now)
    match answer:
        case "allotted":
            cause = f"{grams:,} g allotted" if grams else "nothing to retire"
            move(connection, period, "retired", cause=cause, actor=ACTOR, now=now, next_attempt_at=now)
        case "retiring" if period.state != "retiring":
            facts = {"next_attempt_at": now + RETIRING_AGAIN_AFTER}
            move(connection, period, "retiring", cause="held units are retired for it", actor=ACTOR, now=now, **facts)
        case "retiring":
            _postpone(connection, period, RETIRING_AGAIN_AFTER, now=now)
        case "short":
            tell_short(connection, period, grams=grams, now=now)
            if period.state == "awaiting_credits":
                _postpone(connection, period, SHORT_AGAIN_AFTER, now=now)
            else:
                facts = {"next_attempt_at": now + SHORT_AGAIN_AFTER}
                cause = f"{grams:,} g are not in stock"
                move(connection, period, "awaiting_credits", cause=cause, actor=ACTOR, now=now, **facts)
        case _:
            assert_never(answer)


def _is_on_hold(connection: Connection, org_id: int) -> bool:
    row = connection.execute(
        "select 1 from ops.billing_accounts where org_id = %s and held_at is not null", [org_id]
    ).fetchone()
    return row is not None


def _postpone(connection: Connection, period: Period, by: timedelta | None, *, now: datetime) -> None:
    """Look again then; no move, for nothing happened."""
    connection.execute(
        "update ops.billing_periods set next_attempt_at = %s where id = %s", [by and now + by, period.id]
    )
