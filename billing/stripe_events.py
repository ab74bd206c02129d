"""The inbox of Stripe's events: received once, carried out apart from the request, dead after ATTEMPTS.

webhook or sweep -> ops.stripe_events (pending) -> done | ignored | pending again, later | dead, operators told.

An event is a hint. Which customer it is about is all that is read of it; then everything about that customer is fetched
and mirrored (`synchronize.py`), which settles all events about them that were there before the fetch. An attempt is
counted and committed before it begins, so that one which fails, or kills the process, cannot take its own count along.
"""

import json
import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import psycopg

from billing import stripe_objects
from billing.accounts import BillingAccount
from billing.customer_state import fetch_state
from billing.errors import UnreadableStripeObjectError
from billing.org_lock import org_lock
from billing.stripe_gateway import StripeGateway
from billing.stripe_objects import Plain, StripeEvent
from billing.synchronize import apply_state, known_customer
from core.database import Connection, Database
from core.errors import CarbonLedgerError, TransientError
from core.outbox import enqueue

EVENT_TYPES = (
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.finalization_failed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "checkout.session.completed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "credit_note.created",
)
"""What the webhook endpoint subscribes to and a sweep asks for, which may be twenty types at most."""

ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(minutes=10)
"""For how long an event is left to who claimed it; a process that died gives it back by this."""

logger = logging.getLogger("carbonledger.billing")


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    event_id: str
    body: bytes
    is_livemode: bool
    attempts: int


def receive(database: Database, plain: Plain, body: bytes, *, now: datetime) -> bool:
    """Whether the event is new; its body is kept as it came. It is committed when this returns.

    Raises UnreadableStripeObjectError for what is no event.
    """
    event = stripe_objects.read("event", stripe_objects.event, plain)
    with database.before_tenant() as connection:
        row = connection.execute(
            "select ops.receive_stripe_event(%s, %s, %s, %s, %s, %s, %s) as is_new",
            [event.id, event.type, event.api_version, event.is_livemode, customer_hint(event, plain), body, now],
        ).fetchone()
    return bool(row and row["is_new"])


def customer_hint(event: StripeEvent, plain: Plain) -> str | None:
    """Whom the event is about, if that is easily said; the rest is found out, or fails, when it is carried out."""
    if event.type not in EVENT_TYPES:
        return None
    try:
        return stripe_objects.read("event", stripe_objects.event_subject, plain).customer_id
    except UnreadableStripeObjectError:
        return None


def process_due(database: Database, gateway: StripeGateway, *, now: datetime) -> int:
    """Carry out the events that are due, oldest first; how many that finished. Several processes share the work."""
    finished = 0
    while (event := _claim(database, now=now)) is not None:
        finished += _process(database, gateway, event, now=now)
    return finished


def is_due(database: Database, *, now: datetime) -> bool:
    """Whether `process_due` would find an event."""
    with database.worker() as connection:
        row = connection.execute(
            "select 1 from ops.stripe_events where state = 'pending' and next_attempt_at <= %s limit 1", [now]
        ).fetchone()
    return row is not None


def retry(connection: Connection, event_id: str, *, now: datetime) -> bool:
    """An operator's decision, in a worker's transaction: whether there was such a dead event. It begins anew."""
    cursor = connection.execute(
        "update ops.stripe_events set state = 'pending', attempts = 0, next_attempt_at = %s, finished_at = null"
        " where event_id = %s and state = 'dead'",
        [now, event_id],
    )
    return cursor.rowcount == 1


def _claim(database: Database, *, now: datetime) -> ClaimedEvent | None:
    with database.worker() as connection:
        row = connection.execute(
            "update ops.stripe_events set attempts = attempts + 1, next_attempt_at = %s"
            " where event_id = (select event_id from ops.stripe_events"
            "  where state = 'pending' and next_attempt_at <= %s"
            "  order by next_attempt_at, received_at, event_id limit 1 for no key update skip locked)"
            " returning event_id, body, is_livemode, attempts",
            [now + LEASE, now],
        ).fetchone()
    return None if row is None else ClaimedEvent(**row)


def _process(database: Database, gateway: StripeGateway, claimed: ClaimedEvent, *, now: datetime) -> int:
    """How many events are finished by it, in whatever way."""
    try:
        account = None if claimed.is_livemode != gateway.is_livemode else _account(database, gateway, claimed)
        if account is None:
            with database.worker() as connection:
                return _finish(connection, [claimed.event_id], None, state="ignored", now=now)
        with org_lock(database, account.org_id):
            served = _waiting(database, account.customer_id, claimed)
            if claimed.event_id not in served:
                return 0  # somebody's fetch, while we waited for the lock, has served it
            state = fetch_state(gateway, account.customer_id)
            with database.worker() as connection:
                apply_state(connection, org_id=account.org_id, state=state, now=now)
                return _finish(connection, served, account, state="done", now=now)
    except Exception as error:  # noqa: BLE001 - one event, whatever is wrong with it, holds up no other
        with database.worker() as connection:
            return int(_keep_failure(connection, claimed, error, now=now))


def _waiting(database: Database, customer_id: str, claimed: ClaimedEvent) -> list[str]:
    """Events that a fetch which begins now serves: of the customer, received and not finished."""
    with database.worker() as connection:
        rows = connection.execute(
            "select event_id from ops.stripe_events where state = 'pending' and is_livemode = %s"
            " and (customer_id = %s or event_id = %s)",
            [claimed.is_livemode, customer_id, claimed.event_id],
        ).fetchall()
    return [row["event_id"] for row in rows]


def _account(database: Database, gateway: StripeGateway, claimed: ClaimedEvent) -> BillingAccount | None:
    """Whose event it is; None where nobody's of ours."""
    plain = json.loads(claimed.body)
    if stripe_objects.read("event", stripe_objects.event, plain).type not in EVENT_TYPES:
        return None
    subject = stripe_objects.read("event", stripe_objects.event_subject, plain)
    customer_id = subject.customer_id
    if subject.charge_id is not None:
        customer_id = gateway.charge(subject.charge_id).customer_id
    return None if customer_id is None else known_customer(database, customer_id)


def _finish(
    connection: Connection,
    event_ids: Sequence[str],
    account: BillingAccount | None,
    *,
    state: Literal["done", "ignored"],
    now: datetime,
) -> int:
    """Whom they were about is kept, also where the body does not say so: a deletion empties the bodies by it. One that
    comes after it is emptied at once.
    """
    cursor = connection.execute(
        "update ops.stripe_events set state = %(state)s, finished_at = %(now)s, last_error = null,"
        " customer_id = coalesce(customer_id, %(customer_id)s),"
        " body = case when exists (select from ops.organizations where id = %(org_id)s and state <> 'active')"
        "  then '' else body end"
        " where event_id = any(%(event_ids)s) and state = 'pending'",
        {
            "state": state,
            "now": now,
            "customer_id": None if account is None else account.customer_id,
            "org_id": None if account is None else account.org_id,
            "event_ids": list(event_ids),
        },
    )
    return cursor.rowcount


def _keep_failure(connection: Connection, claimed: ClaimedEvent, error: Exception, *, now: datetime) -> bool:
    """Due again later, or dead. What will pass by itself (Stripe is out of reach) never dies, but is told of as well.

    The class of the error is kept, not its text: drivers and parsers repeat what they were given.
    """
    is_exhausted = claimed.attempts >= ATTEMPTS
    is_dead = is_exhausted and not isinstance(error, TransientError | psycopg.OperationalError)
    name = error.code if isinstance(error, CarbonLedgerError) else type(error).__qualname__
    if not isinstance(error, CarbonLedgerError):
        logger.error(
            "event %s: unexpected %s\n%s", claimed.event_id, name, "".join(traceback.format_tb(error.__traceback__))
        )
    wait = min(FIRST_WAIT * 2 ** (claimed.attempts - 1), LONGEST_WAIT)
    connection.execute(
        "update ops.stripe_events set state = %s, finished_at = %s, next_attempt_at = %s, last_error = %s"
        " where event_id = %s and state = 'pending'",
        ["dead" if is_dead else "pending", now if is_dead else None, now + wait, name, claimed.event_id],
    )
    if is_exhausted:
        enqueue(
            connection,
            org_id=None,
            dedupe_key=f"stripe-event:{'dead' if is_dead else 'stuck'}:{claimed.event_id}",
            channel="operator",
            recipient=None,
            title="A Stripe event cannot be carried out",
            body=f"{claimed.event_id} failed {claimed.attempts} times, last with {name}."
            + (" It is not tried again; docs/runbook.md says what to do." if is_dead else " It is tried every hour."),
            now=now,
        )
    return is_dead
