"""Periods that wait for credits: what they still need, in grams, and how they learn that stock has come."""

from datetime import datetime

from core.database import Connection, Database


def waiting_grams(connection: Connection, *, supply_grams: int, besides_period_id: int) -> int:
    """Grams that the other periods lack and that fit into `supply_grams`, oldest period first.

    Organizations on hold do not count. A period that is larger than what is left is passed over: it waits for a
    restock, and its share must not be retired for nothing meanwhile.
    """
    rows = connection.execute(
        "select lacking_grams as grams from ops.periods_lacking_grams as period where period_id <> %s"
        " and not exists (select from ops.billing_accounts as account where account.org_id = period.org_id"
        " and account.held_at is not null)"
        " order by period_id",
        [besides_period_id],
    ).fetchall()
    fitting = 0
    for row in rows:
        if fitting + row["grams"] <= supply_grams:
            fitting += row["grams"]
    return fitting


def wake_waiting_periods(database: Database, *, now: datetime) -> int:
    """Let every period that waits for credits ask again at once; how many there are, without those to be refilled.

    A transaction of its own, after that of the stock: a close locks its period first and the blocks then.
    """
    with database.worker() as connection:
        connection.execute("update ops.credit_refills set next_attempt_at = %s", [now])
        return connection.execute(
            "update ops.billing_periods set next_attempt_at = %s where id in ("
            "select id from ops.billing_periods where state in ('awaiting_credits', 'retiring')"
            " order by id for no key update)",
            [now],
        ).rowcount
