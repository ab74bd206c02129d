"""What owners and operators are told of subscriptions, in the transaction that mirrored them, once a fact.

What happens to a payment is told by the period that it settles (`settlement.py`).
"""

from collections.abc import Iterable
from datetime import datetime

from billing.stripe_objects import Subscription
from billing.tiers import tier_of_price
from core.database import Connection
from core.outbox import enqueue
from core.owner_notices import tell_owners


def tell_of_ended(connection: Connection, *, org_id: int, ended: Iterable[Subscription], now: datetime) -> None:
    for subscription in ended:
        tell_owners(
            connection,
            org_id=org_id,
            dedupe_key=f"subscription-ended:{subscription.id}",
            title="The subscription has ended",
            body=f"The plan {tier_of_price(subscription.price.lookup_key or '').name} has ended. Periods that were paid"
            " are still closed. Measuring goes on in the free tier; choose a tier on the billing page to cover usage"
            " again.",
            now=now,
        )


def tell_operators_of_refused(
    connection: Connection, *, org_id: int, refused: Iterable[Subscription], now: datetime
) -> None:
    for subscription in refused:
        enqueue(
            connection,
            org_id=org_id,
            dedupe_key=f"second-subscription:{subscription.id}",
            channel="operator",
            recipient=None,
            title="A second subscription is refused",
            body=f"Organization {org_id} has a subscription already, so {subscription.id} opens no period. Cancel it in"
            " Stripe and refund what it cost.",
            now=now,
        )
