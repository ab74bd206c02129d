"""Mirrors of subscriptions: written from fetched objects only, under the organization's lock.

An organization has one subscription at a time. One that began while another was running is refused for good: nothing of
it is mirrored, so it opens no period, and operators are told to cancel and refund it. One whose first payment is still
missing is not one yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.range import TimestamptzRange

from billing.errors import UnknownPriceError
from billing.stripe_objects import Subscription
from billing.tiers import TierCode, tier_of_price
from core.database import Connection

UNBEGUN = frozenset({"incomplete", "incomplete_expired"})
ENDED = frozenset({"canceled", *UNBEGUN})
OVER = ENDED - {"incomplete"}
"""Nothing will be paid for it any more; what is incomplete may still be, for a day."""
GRANTING = frozenset({"active", "trialing", "past_due"})
"""Past due is still being retried; what follows it (canceled, unpaid) grants nothing."""


@dataclass(frozen=True, slots=True)
class SubscriptionChanges:
    """`refused` are those beside the one of the organization; `ended` those that have ended since the last look."""

    accepted: tuple[Subscription, ...]
    refused: tuple[Subscription, ...]
    changed_ids: tuple[str, ...]
    ended: tuple[Subscription, ...]


def mirror_subscriptions(
    connection: Connection, *, org_id: int, fetched: Sequence[Subscription], now: datetime
) -> SubscriptionChanges:
    """A worker's transaction. Raises UnknownPriceError for a subscription to something that no tier sells."""
    before = _mirrored(connection, org_id)
    accepted, refused = _one_at_a_time(fetched, known=before.keys())
    rows = {each.id: _row(each) for each in accepted}
    for subscription_id, row in rows.items():
        connection.execute(
            "insert into ops.subscriptions as mirror (stripe_subscription_id, org_id, status, tier, price_lookup_key,"
            " interval, started_at, current_span, trial_span, cancels_at_period_end, cancel_at, ended_at,"
            " is_collection_paused, fetched_at)"
            " values (%(id)s, %(org_id)s, %(status)s, %(tier)s, %(price_lookup_key)s, %(interval)s, %(started_at)s,"
            " %(current_span)s, %(trial_span)s, %(cancels_at_period_end)s, %(cancel_at)s, %(ended_at)s,"
            " %(is_collection_paused)s, %(now)s)"
            " on conflict (stripe_subscription_id) do update set status = excluded.status, tier = excluded.tier,"
            " price_lookup_key = excluded.price_lookup_key, interval = excluded.interval,"
            " started_at = excluded.started_at, current_span = excluded.current_span, trial_span = excluded.trial_span,"
            " cancels_at_period_end = excluded.cancels_at_period_end, cancel_at = excluded.cancel_at,"
            " ended_at = excluded.ended_at, is_collection_paused = excluded.is_collection_paused,"
            " fetched_at = excluded.fetched_at",
            row | {"id": subscription_id, "org_id": org_id, "now": now},
        )
    return SubscriptionChanges(
        accepted=tuple(accepted),
        refused=tuple(refused),
        changed_ids=tuple(identifier for identifier, row in rows.items() if row != before.get(identifier)),
        ended=tuple(
            each
            for each in accepted
            if each.ended_at is not None and before.get(each.id, {"ended_at": None})["ended_at"] is None
        ),
    )


def grant_tier(connection: Connection, *, org_id: int, accepted: Iterable[Subscription]) -> TierCode:
    """The tier of the subscription in force, else free. Enterprise is agreed on by people and stays."""
    granting = [tier_of_price(each.price.lookup_key or "").code for each in accepted if each.status in GRANTING]
    tier: TierCode = granting[-1] if granting else "free"
    connection.execute(
        "update ops.organizations set tier = %(tier)s where id = %(org_id)s and tier not in (%(tier)s, 'enterprise')",
        {"org_id": org_id, "tier": tier},
    )
    return tier


def _mirrored(connection: Connection, org_id: int) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        "select stripe_subscription_id, status, tier, price_lookup_key, interval, started_at, current_span, trial_span,"
        " cancels_at_period_end, cancel_at, ended_at, is_collection_paused from ops.subscriptions where org_id = %s",
        [org_id],
    ).fetchall()
    return {row.pop("stripe_subscription_id"): row for row in rows}


def _one_at_a_time(
    fetched: Iterable[Subscription], *, known: Iterable[str]
) -> tuple[list[Subscription], list[Subscription]]:
    """(accepted, refused): those mirrored before stay accepted, of the others whoever began first."""
    known_ids = set(known)
    begun = [each for each in fetched if each.id in known_ids or each.status not in UNBEGUN]
    accepted: list[Subscription] = []
    refused: list[Subscription] = []
    for each in sorted(begun, key=lambda each: (each.id not in known_ids, each.started_at, each.id)):
        is_second = each.id not in known_ids and any(_overlap(each, other) for other in accepted)
        (refused if is_second else accepted).append(each)
    return sorted(accepted, key=lambda each: (each.started_at, each.id)), refused


def _overlap(one: Subscription, other: Subscription) -> bool:
    """Half-open: a subscription may begin the instant that another ends."""
    one_goes_on = one.ended_at is None or one.ended_at > other.started_at
    other_goes_on = other.ended_at is None or other.ended_at > one.started_at
    return one_goes_on and other_goes_on


def _row(subscription: Subscription) -> dict[str, Any]:
    lookup_key, interval = subscription.price.lookup_key, subscription.price.interval
    if lookup_key is None or interval is None:
        raise UnknownPriceError(lookup_key)
    trial = None
    if subscription.trial_started_at is not None and subscription.trial_ended_at is not None:
        trial = TimestamptzRange(subscription.trial_started_at, subscription.trial_ended_at)
    return {
        "status": subscription.status,
        "tier": tier_of_price(lookup_key).code,
        "price_lookup_key": lookup_key,
        "interval": interval,
        "started_at": subscription.started_at,
        "current_span": TimestamptzRange(subscription.current_started_at, subscription.current_ended_at),
        "trial_span": trial,
        "cancels_at_period_end": subscription.cancels_at_period_end,
        "cancel_at": subscription.cancel_at,
        "ended_at": subscription.ended_at,
        "is_collection_paused": subscription.is_collection_paused,
    }
