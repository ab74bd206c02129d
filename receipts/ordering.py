"""Order receipts: a row for each closed paid period that had usage data, with the serial and the id that it keeps.

Chance is here and nowhere else: whoever builds, signs or prints the receipt finds both in the row. Twice is once.
"""

import secrets
from datetime import UTC, datetime

from carbonledger.verify.serials import ENTROPY_BYTES, serial

from core.database import Connection
from receipts.keys.issuer import Issuer

MOST_AT_ONCE = 500
_RECEIPT_ID_BYTES = 16

_WAITING = """
    from ops.billing_periods as period
    where state = 'closed' and funding = 'paid' and has_usage_data
        -- Of one that is deleted, a period that was paid late: whoever could read its receipt is gone.
        and exists (select from ops.organizations where id = period.org_id and state = 'active')
        and not exists (select from ops.receipts as receipt where receipt.period_id = period.id)
"""
_INSERT = """
    insert into ops.receipts (
        receipt_id, serial, org_id, period_id, version, supersedes_id, legal_name, is_test, ordered_at, next_attempt_at
    )
    select
        %(receipt_id)s, %(serial)s, id, %(period_id)s, %(version)s, %(supersedes_id)s, coalesce(legal_name, name),
        %(is_test)s, %(now)s, %(now)s
    from ops.organizations where id = %(org_id)s
    on conflict do nothing
"""


def is_waiting(connection: Connection) -> bool:
    """Whether a closed period has no receipt yet."""
    return connection.execute(f"select 1 {_WAITING} limit 1".encode()).fetchone() is not None


def order_closed_periods(connection: Connection, *, issuer: Issuer, now: datetime) -> int:
    """Order the first receipts of periods that have none; returns how many were. A worker's transaction.

    At most MOST_AT_ONCE: the next call goes on. The legal name is that of now.
    """
    waiting = connection.execute(
        f"select id, org_id, lower(span) as starts_at {_WAITING} order by closed_at, id limit %s".encode(),
        [MOST_AT_ONCE],
    ).fetchall()
    return sum(
        order(
            connection,
            org_id=period["org_id"],
            period_id=period["id"],
            starts_at=period["starts_at"],
            issuer=issuer,
            now=now,
        )
        for period in waiting
    )


def order(
    connection: Connection,
    *,
    org_id: int,
    period_id: int,
    starts_at: datetime,
    issuer: Issuer,
    now: datetime,
    version: int = 1,
    supersedes_id: int | None = None,
) -> bool:
    """Order this version of the period's receipt; False if it is ordered (or, once in 10^12, its serial was taken)."""
    number = serial(
        starts_on=starts_at.astimezone(UTC).date(), entropy=secrets.token_bytes(ENTROPY_BYTES), is_test=issuer.is_test
    )
    inserted = connection.execute(
        _INSERT,
        {
            "receipt_id": secrets.token_hex(_RECEIPT_ID_BYTES),
            "serial": str(number),
            "org_id": org_id,
            "period_id": period_id,
            "version": version,
            "supersedes_id": supersedes_id,
            "is_test": issuer.is_test,
            "now": now,
        },
    )
    return inserted.rowcount == 1
