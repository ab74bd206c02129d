"""Changes of a running subscription: another tier, its end, and taking the end back.

Decided on what Stripe says now, not on our mirror; the mirror follows by Stripe's events.
"""

from billing.accounts import account_of
from billing.errors import NotSubscribedError, PlanChangePendingError
from billing.stripe_gateway import StripeGateway
from billing.stripe_objects import Subscription
from billing.subscription_mirrors import ENDED
from billing.tiers import TIERS, Interval, PaidTierCode, tier_of_price
from core.database import Database


def change_plan(database: Database, gateway: StripeGateway, *, org_id: int, tier: PaidTierCode) -> Subscription:
    """The subscription as it is now. What the new tier costs more is invoiced at once, and the tier changes when that
    is paid: until then `has_pending_update`. A cheaper tier is credited. The interval stays.

    Raises NotSubscribedError, PlanChangePendingError, CardDeclinedError, PriceMissingError and the gateway's errors.
    """
    subscription = _running(database, gateway, org_id)
    if subscription.has_pending_update:
        raise PlanChangePendingError
    if tier_of_price(subscription.price.lookup_key or "").code == tier:
        return subscription
    interval: Interval = "annual" if subscription.price.interval == "year" else "monthly"
    price = gateway.price_of(TIERS[tier].lookup_keys[interval])
    return gateway.change_plan(subscription, price_id=price.id)


def cancel(database: Database, gateway: StripeGateway, *, org_id: int) -> Subscription:
    """The subscription, which ends with the period that is paid. Raises NotSubscribedError and the gateway's errors."""
    subscription = _running(database, gateway, org_id)
    if subscription.cancels_at_period_end:
        return subscription
    return gateway.set_cancellation(subscription.id, at_period_end=True)


def resume(database: Database, gateway: StripeGateway, *, org_id: int) -> Subscription:
    """The subscription, which goes on. Raises NotSubscribedError (also when it has ended) and the gateway's errors."""
    subscription = _running(database, gateway, org_id)
    if not subscription.cancels_at_period_end:
        return subscription
    return gateway.set_cancellation(subscription.id, at_period_end=False)


def _running(database: Database, gateway: StripeGateway, org_id: int) -> Subscription:
    with database.tenant(org_id) as connection:
        account = account_of(connection, org_id)
    running = [] if account is None else gateway.subscriptions(account.customer_id)
    begun = [each for each in running if each.status not in ENDED]
    if not begun:
        raise NotSubscribedError
    return begun[0]
