"""What repairs missed webhooks: every quarter of an hour a sweep over Stripe's own list of events, and once a day a
look at the invoices themselves.

/v1/events since the newest event seen, less an hour -> the inbox, where those that came by webhook are already.
Organizations with a running subscription or an unfinished period -> fetched whole and mirrored; operators are told what
no event had told us.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from billing import stripe_objects
from billing.accounts import BillingAccount
from billing.stripe_events import EVENT_TYPES, customer_hint
from billing.stripe_gateway import StripeGateway
from billing.stripe_objects import Plain, StripeEvent
from billing.synchronize import synchronize
from core.database import Connection, Database
from core.errors import CarbonLedgerError
from core.outbox import enqueue

SWEEP_EVERY = timedelta(minutes=15)
COMPARE_EVERY = timedelta(days=1)
OVERLAP = timedelta(hours=1)
"""Stripe's list may show an event some moments after one that is younger."""

_EVENTS, _SWEEP, _COMPARISON = "stripe-events", "stripe-sweep", "stripe-comparison"


def sweep_due(database: Database, gateway: StripeGateway, *, now: datetime) -> int | None:
    """How many events nobody had told us of, if a sweep was due; else None."""
    return sweep(database, gateway, now=now) if _claim(database, _SWEEP, every=SWEEP_EVERY, now=now) else None


def compare_due(database: Database, gateway: StripeGateway, *, now: datetime) -> int | None:
    """How many organizations' mirrors were wrong, if a comparison was due; else None."""
    return compare(database, gateway, now=now) if _claim(database, _COMPARISON, every=COMPARE_EVERY, now=now) else None


def is_due(database: Database, *, now: datetime) -> bool:
    """Whether a sweep or a comparison is due."""
    with database.worker() as connection:
        reached = {
            row["name"]: row["reached_at"]
            for row in connection.execute(
                "select name, reached_at from ops.sync_cursors where name = any(%s)", [[_SWEEP, _COMPARISON]]
            )
        }
    every = {_SWEEP: SWEEP_EVERY, _COMPARISON: COMPARE_EVERY}
    return any(name not in reached or reached[name] <= now - wait for name, wait in every.items())


def sweep(database: Database, gateway: StripeGateway, *, now: datetime) -> int:
    """How many events were new to the inbox. The first sweep takes all that Stripe still has (30 days)."""
    with database.worker() as connection:
        row = connection.execute("select reached_at from ops.sync_cursors where name = %s", [_EVENTS]).fetchone()
    reached = None if row is None else row["reached_at"]
    found = gateway.events(types=EVENT_TYPES, since=None if reached is None else reached - OVERLAP)
    events = [(stripe_objects.read("event", stripe_objects.event, plain), plain) for plain in found]
    with database.worker() as connection:
        new = sum(_receive(connection, event, plain, now=now) for event, plain in events)
        if events:
            _reach(connection, _EVENTS, max(event.created_at for event, _ in events))
    return new


def compare(database: Database, gateway: StripeGateway, *, now: datetime) -> int:
    """How many organizations' mirrors said something else than Stripe. One that cannot be fetched holds up no other:
    its error is raised when all were looked at.
    """
    drifted, failed = [], None
    for account in _accounts_to_compare(database):
        try:
            if synchronize(database, gateway, account, now=now):
                drifted.append(account.org_id)
        except CarbonLedgerError as error:
            failed = error
    if drifted:
        _tell_operators(database, drifted, now=now)
    if failed is not None:
        raise failed
    return len(drifted)


def _accounts_to_compare(database: Database) -> list[BillingAccount]:
    with database.worker() as connection:
        rows = connection.execute(
            "select org_id, stripe_customer_id as customer_id, held_at, hold_reason from ops.billing_accounts account"
            " where exists (select from ops.subscriptions subscription where subscription.org_id = account.org_id"
            "   and subscription.ended_at is null)"
            " or exists (select from ops.billing_periods period where period.org_id = account.org_id"
            "   and period.funding <> 'free' and period.state not in ('closed', 'waived'))"
            " order by org_id"
        ).fetchall()
    return [BillingAccount(**row) for row in rows]


def _receive(connection: Connection, event: StripeEvent, plain: Plain, *, now: datetime) -> bool:
    """The list has no signed body, so the event is kept as JSON of what was listed."""
    cursor = connection.execute(
        "insert into ops.stripe_events (event_id, event_type, api_version, is_livemode, customer_id, body, came_by,"
        " received_at, next_attempt_at) values (%s, %s, %s, %s, %s, %s, 'sweep', %s, %s) on conflict do nothing",
        [
            event.id,
            event.type,
            event.api_version,
            event.is_livemode,
            customer_hint(event, plain),
            json.dumps(plain).encode(),
            now,
            now,
        ],
    )
    return cursor.rowcount == 1


def _reach(connection: Connection, name: str, reached_at: datetime) -> None:
    """Forward only: two sweeps at once may end in any order."""
    connection.execute(
        "insert into ops.sync_cursors as known (name, reached_at) values (%s, %s)"
        " on conflict (name) do update set reached_at = greatest(known.reached_at, excluded.reached_at)",
        [name, reached_at],
    )


def _claim(database: Database, name: str, *, every: timedelta, now: datetime) -> bool:
    """Whether it is due and ours to do; a run that fails is due again after the same time. Asked every second, so it
    writes only where it is due.
    """
    with database.worker() as connection:
        known = connection.execute("select reached_at from ops.sync_cursors where name = %s", [name]).fetchone()
        if known is not None and known["reached_at"] > now - every:
            return False
        row = connection.execute(
            "insert into ops.sync_cursors as known (name, reached_at) values (%s, %s)"
            " on conflict (name) do update set reached_at = excluded.reached_at where known.reached_at <= %s"
            " returning 1",
            [name, now, now - every],
        ).fetchone()
    return row is not None


def _tell_operators(database: Database, org_ids: Sequence[int], *, now: datetime) -> None:
    with database.worker() as connection:
        enqueue(
            connection,
            org_id=None,
            dedupe_key=f"stripe-drift:{now.date().isoformat()}",
            channel="operator",
            recipient=None,
            title="Stripe's webhooks told us less than all",
            body=f"{len(org_ids)} organizations' invoices or subscriptions had changed without an event reaching us:"
            f" {', '.join(map(str, org_ids[:50]))}. They are up to date now. Check the webhook endpoint in Stripe.",
            now=now,
        )
