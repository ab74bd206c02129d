"""Give periods fresh grams for those that were voided: each in one transaction, all that it lacks or nothing yet.

ops.credit_refills (due) -> allocation -> ops.allocations, and the row goes. Order of locks: the period's row, the
blocks, the row of the refill; an invalidation that comes in between puts it there again.
"""

import logging
from datetime import datetime, timedelta
from typing import assert_never

import psycopg

from billing.credits.allocation import allocate
from billing.credits.errors import LedgerBrokenError
from billing.credits.policy import Policy
from core.database import Connection, Database, fetch_one
from core.outbox import enqueue

logger = logging.getLogger("carbonledger.credits")

RETIRING_AGAIN_AFTER = timedelta(minutes=5)
AGAIN_AFTER = timedelta(hours=1)
"""Where the stock is short, the organization is on hold, or the ledger refused: a restock asks again at once."""

_NEXT = """
    select period.id, period.org_id, period.retire_grams,
        exists (
            select from ops.billing_accounts as account
            where account.org_id = period.org_id and account.held_at is not null
        ) as is_on_hold
    from ops.billing_periods as period
    where period.id in (select period_id from ops.credit_refills where next_attempt_at <= %s)
    order by period.id for no key update of period skip locked limit 1
"""


def refill_due(database: Database, *, policy: Policy, now: datetime) -> int:
    """How many periods were looked at. Safe beside itself; one that the ledger refuses holds up no other."""
    looked_at = 0
    while _refill_next(database, policy=policy, now=now):
        looked_at += 1
    return looked_at


def _refill_next(database: Database, *, policy: Policy, now: datetime) -> bool:
    with database.worker() as connection:
        period = connection.execute(_NEXT, [now]).fetchone()
        if period is None:
            return False
        if period["is_on_hold"]:
            _again(connection, period["id"], at=now + AGAIN_AFTER)
            return True
        try:
            with connection.transaction():
                answer = allocate(
                    connection, org_id=period["org_id"], period_id=period["id"], grams=period["retire_grams"],
                    policy=policy, now=now,
                )  # fmt: skip
                connection.execute("set constraints ops.all_or_nothing immediate")
        except (LedgerBrokenError, psycopg.IntegrityError) as error:
            logger.warning("billing period %d is not backed again: %s", period["id"], type(error).__qualname__)
            _again(connection, period["id"], at=now + AGAIN_AFTER)
            _tell_refused(connection, period["id"], period["org_id"], now=now)
            return True
        match answer:
            case "allotted":
                connection.execute("delete from ops.credit_refills where period_id = %s", [period["id"]])
            case "retiring":
                _again(connection, period["id"], at=now + RETIRING_AGAIN_AFTER)
            case "short":
                _again(connection, period["id"], at=now + AGAIN_AFTER)
                _tell_short(connection, period["id"], period["org_id"], now=now)
            case _:
                assert_never(answer)
    return True


def _again(connection: Connection, period_id: int, *, at: datetime) -> None:
    connection.execute("update ops.credit_refills set next_attempt_at = %s where period_id = %s", [at, period_id])


def _tell_short(connection: Connection, period_id: int, org_id: int, *, now: datetime) -> None:
    """Operators, once for what a period lost: after another invalidation they are told anew."""
    lost = fetch_one(
        connection,
        "select max(voided.invalidation_id) as last_id, max(lacking.lacking_grams) as grams"
        " from ops.voided_allocations as voided join ops.periods_lacking_grams as lacking using (period_id)"
        " where voided.period_id = %s",
        [period_id],
    )
    enqueue(
        connection, org_id=org_id, dedupe_key=f"credits_lost:{period_id}:{lost['last_id']}", channel="operator",
        recipient=None, title="Credits are short for a period that lost some", now=now,
        body=f"Billing period {period_id} lacks {lost['grams']:,} g since credits that backed it were invalidated. Its"
        " receipt is replaced when it has them. Import credits; it is tried again each hour and when they arrive.",
    )  # fmt: skip


def _tell_refused(connection: Connection, period_id: int, org_id: int, *, now: datetime) -> None:
    enqueue(
        connection, org_id=org_id, dedupe_key=f"refill_refused:{period_id}", channel="operator", recipient=None,
        title="A period that lost credits cannot get others", now=now,
        body=f"The ledger refuses grams for billing period {period_id}: what backs it is not what its close stated less"
        " what was invalidated. See Dagster's check `credits_ledger_is_whole`; it is tried again each hour.",
    )  # fmt: skip
