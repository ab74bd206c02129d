"""The upgrade: a Checkout page of Stripe's on which an organization buys its first subscription.

refuse a second subscription -> account (customer, committed) -> the page that is open already, or a new one.
"""

from dataclasses import dataclass
from datetime import datetime

from billing.accounts import account_of, ensure_account
from billing.errors import AlreadySubscribedError, UnreadableStripeObjectError
from billing.idempotency_keys import idempotency_key
from billing.stripe_gateway import StripeGateway
from billing.stripe_objects import CheckoutOrder
from billing.subscription_mirrors import ENDED, OVER
from billing.tiers import TIERS, Interval, PaidTierCode
from core.database import Database
from core.ids import public_id


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    url: str
    expires_at: datetime


def next_anchor(now: datetime) -> datetime:
    """The first of the next month, 00:00 UTC: periods are calendar months from there on."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)


def start_checkout(
    database: Database,
    gateway: StripeGateway,
    *,
    org_id: int,
    tier: PaidTierCode,
    interval: Interval,
    return_url: str,
    now: datetime,
) -> CheckoutPage:
    """The page to send the person to. Asking again for the same answers the same page while it is open; asking for
    another tier closes it, so that at most one can be paid.

    Raises AlreadySubscribedError, PriceMissingError (of the gateway) and the gateway's other errors.
    """
    lookup_key = TIERS[tier].lookup_keys[interval]
    account = ensure_account(database, gateway, org_id=org_id, now=now)
    if any(each.status not in ENDED for each in gateway.subscriptions(account.customer_id)):
        raise AlreadySubscribedError
    price = gateway.price_of(lookup_key)
    anchor = next_anchor(now)
    metadata = {"carbonledger_price": lookup_key, "carbonledger_anchor": anchor.isoformat()}
    sessions = gateway.checkouts(account.customer_id)
    open_ones = [session for session in sessions if session.status == "open"]
    same = next((session for session in open_ones if session.metadata == metadata), None)
    for session in open_ones:
        if session is not same:
            gateway.expire_checkout(session.id)
    newest_id = sessions[0].id if sessions else "none"  # one that has expired must not be answered again by its key
    page = same or gateway.create_checkout(
        CheckoutOrder(
            customer_id=account.customer_id,
            reference=public_id("org", org_id),
            price_id=price.id,
            anchored_at=anchor,
            metadata=metadata,
            success_url=f"{return_url}?checkout=done",
            cancel_url=f"{return_url}?checkout=left",
        ),
        key=idempotency_key("checkout", account.customer_id, price.id, anchor.isoformat(), newest_id),
    )
    if page.url is None:
        raise UnreadableStripeObjectError("checkout session", "it is open and has no url")
    return CheckoutPage(page.url, page.expires_at)


def close_checkouts(database: Database, gateway: StripeGateway, *, org_id: int) -> bool:
    """Close the organization's pages that are open, so that nothing is bought any more. Whether something was: by what
    Stripe says now, also a payment that is not through.
    """
    with database.tenant(org_id) as connection:
        account = account_of(connection, org_id)
    if account is None:
        return False
    for session in gateway.checkouts(account.customer_id):
        if session.status == "open":
            gateway.expire_checkout(session.id)
    return any(each.status not in OVER for each in gateway.subscriptions(account.customer_id))
