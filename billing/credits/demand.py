"""What waiting periods still need, in grams."""

from core.database import Connection


def waiting_grams(connection: Connection, *, supply_grams: int, besides_period_id: int) -> int:
    """Grams of the other frozen periods without credits that fit into `supply_grams`, oldest period first.

    Organizations on hold do not count. A period that is larger than what is left is passed over: it waits for a
    restock, and its share must not be retired for nothing meanwhile.
    """
    rows = connection.execute(
        "select period.retire_grams as grams from ops.billing_periods as period"
        " where period.state in ('frozen', 'awaiting_credits', 'retiring') and period.retire_grams > 0"
        " and period.id <> %s"
        " and not exists (select from ops.allocations where allocations.org_id = period.org_id"
        " and allocations.period_id = period.id)"
        " and not exists (select from ops.billing_accounts as account where account.org_id = period.org_id"
        " and account.held_at is not null)"
        " order by period.id",
        [besides_period_id],
    ).fetchall()
    fitting = 0
    for row in rows:
        if fitting + row["grams"] <= supply_grams:
            fitting += row["grams"]
    return fitting
