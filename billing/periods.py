"""The periods of an organization follow the mirrors of its subscriptions and invoices.

A period opens on the first sight of a line that covers a span (billing/mirrored.py says which do), once, whatever
becomes of it later. It is cut where its subscription ends or a later line takes over. Months of an annual line open as
they begin, so that nothing has to be taken back when the plan is left. Time that nothing pays for is free.

Order of locks: the organization's calendar, its periods, the ingest lock, the arrival lock.
"""

from datetime import datetime, timedelta

from billing.mirrored import CoveringLine, Subscription, load_covering_lines, load_invoices, load_subscriptions
from billing.period import Funding
from billing.period_calendar import ACTOR, PeriodCalendar
from billing.period_spans import months
from billing.period_touches import touch_moved_days
from billing.settlement import settle
from billing.tier_changes import follow_tier
from core.database import Connection, Database
from core.errors import CarbonLedgerError
from core.outbox import enqueue


def reconcile_periods(connection: Connection, *, org_id: int, now: datetime) -> None:
    """In the transaction of a worker that wrote the mirrors, from fetched objects. Twice is once.

    Raises NoFactorVersionError before the first build, UnknownPriceError for a line of a price that no tier has, and
    LostRaceError if a close came in between.
    """
    calendar = PeriodCalendar(connection, org_id, now=now)
    subscriptions = load_subscriptions(connection, org_id)
    lines = load_covering_lines(connection, org_id, subscriptions)
    calendar.fill()
    for line in lines:
        _open_line(connection, calendar, line, org_id=org_id, now=now)
    _leave_lines(connection, org_id=org_id, now=now)
    for subscription in subscriptions.values():
        _end(calendar, subscription)
    calendar.fill()
    for period in calendar.periods:
        if period.funding == "paid" and not period.is_sealed and period.stripe_subscription_id is not None:
            subscription = subscriptions[period.stripe_subscription_id]
            follow_tier(connection, calendar, period, subscription, lines, now=now)
    has_moved = _settle_all(connection, calendar, org_id=org_id, now=now)
    if calendar.has_changed or has_moved:
        touch_moved_days(connection, org_id=org_id, days=calendar.moved_days, cause="billing-periods", now=now)


def open_due_months(database: Database, *, now: datetime) -> int:
    """Open the months of annual lines that have begun; returns for how many organizations. One that fails holds up no
    other, and no close; operators are told once a day.
    """
    with database.worker() as connection:
        rows = connection.execute(
            "select distinct org_id from ops.covering_lines where not is_done and opened_through <= %s order by org_id",
            [now],
        ).fetchall()
    opened = 0
    for row in rows:
        try:
            with database.worker() as connection:
                reconcile_periods(connection, org_id=row["org_id"], now=now)
                opened += 1
        except CarbonLedgerError as error:
            with database.worker() as connection:
                _tell_of_unopened(connection, error, org_id=row["org_id"], now=now)
    return opened


def _open_line(
    connection: Connection, calendar: PeriodCalendar, line: CoveringLine, *, org_id: int, now: datetime
) -> None:
    row = connection.execute(
        "select opened_through, is_done from ops.covering_lines where stripe_invoice_id = %s and stripe_line_id = %s",
        [line.invoice_id, line.line_id],
    ).fetchone()
    if row is not None and row["is_done"]:
        return
    opened_through: datetime | None = None if row is None else row["opened_through"]
    is_done = True
    for starts_at, ends_at in _pieces(line):
        if opened_through is not None and ends_at <= opened_through:
            continue
        if opened_through is not None and starts_at > now:
            is_done = False
            break
        funding = _funding(line, starts_at, ends_at)
        if calendar.lay(line, funding, starts_at, ends_at) is None:
            _tell_operators(connection, line, org_id=org_id, now=now)
        opened_through = ends_at
    connection.execute(
        "insert into ops.covering_lines (stripe_invoice_id, stripe_line_id, org_id, opened_through, is_done,"
        " first_seen_at) values (%s, %s, %s, %s, %s, %s) on conflict (stripe_invoice_id, stripe_line_id) do update"
        " set opened_through = excluded.opened_through, is_done = excluded.is_done",
        [line.invoice_id, line.line_id, org_id, opened_through or line.ends_at, is_done, now],
    )


def _leave_lines(connection: Connection, *, org_id: int, now: datetime) -> None:
    """A line in force has opened all that has begun; one that is still behind is gone, and would be due for ever."""
    connection.execute(
        "update ops.covering_lines set is_done = true where org_id = %s and not is_done and opened_through <= %s",
        [org_id, now],
    )


def _pieces(line: CoveringLine) -> list[tuple[datetime, datetime]]:
    """Nothing, if the subscription ended or a later line took over before the line's start."""
    if line.starts_at >= line.ends_at:
        return []
    return [*months(line.starts_at, line.ends_at)] if line.is_annual else [(line.starts_at, line.ends_at)]


def _funding(line: CoveringLine, starts_at: datetime, ends_at: datetime) -> Funding:
    trial_starts_at, trial_ends_at = line.subscription.trial_starts_at, line.subscription.trial_ends_at
    if trial_starts_at is None or trial_ends_at is None:
        return "paid"
    # Stripe gives the line of a trial whole seconds of its own, so a second more or less is still the trial.
    slack = timedelta(seconds=1)
    return "trial" if trial_starts_at - slack <= starts_at and ends_at <= trial_ends_at + slack else "paid"


def _end(calendar: PeriodCalendar, subscription: Subscription) -> None:
    """What lies after the subscription's end is not paid for, whatever its invoices say."""
    ended_at = subscription.ended_at
    if ended_at is None:
        return
    for period in calendar.periods:
        if period.is_sealed or period.stripe_subscription_id != subscription.id:
            continue
        if period.starts_at is not None and period.starts_at >= ended_at:
            calendar.set_free(period, cause="its subscription ended before it")
        elif period.ends_at is not None and period.ends_at > ended_at:
            calendar.cut(period, ended_at, cause="its subscription ended")


def _settle_all(connection: Connection, calendar: PeriodCalendar, *, org_id: int, now: datetime) -> bool:
    """Whether a period went into or out of `failed`: then another one carries the adjustments."""
    invoices = load_invoices(connection, org_id)
    has_moved = False
    for period in calendar.periods:
        if period.settling_invoice_id is not None and not period.is_sealed:
            settled = settle(connection, period, invoices[period.settling_invoice_id], actor=ACTOR, now=now)
            has_moved |= (period.state == "failed") != (settled.state == "failed")
    return has_moved


def _tell_of_unopened(connection: Connection, error: CarbonLedgerError, *, org_id: int, now: datetime) -> None:
    enqueue(
        connection,
        org_id=org_id,
        dedupe_key=f"months_unopened:{org_id}:{now.date().isoformat()}",
        channel="operator",
        recipient=None,
        title="A month of an annual plan cannot be opened",
        body=f"Organization {org_id} paid for a month that has begun and has no period yet: {error.sentence}"
        " It is tried again all the time.",
        now=now,
    )


def _tell_operators(connection: Connection, line: CoveringLine, *, org_id: int, now: datetime) -> None:
    enqueue(
        connection,
        org_id=org_id,
        dedupe_key=f"line_without_room:{line.invoice_id}:{line.line_id}",
        channel="operator",
        recipient=None,
        title="An invoice pays for time that is closed already",
        body=f"Invoice {line.invoice_id} was seen after the span that it pays for had been sealed, so it opened no"
        " period. Refund it, or grant its coverage in another way.",
        now=now,
    )
