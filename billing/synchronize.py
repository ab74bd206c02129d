"""Bring an organization's mirrors up to date with Stripe, and its periods with the mirrors.

fetch (outside any transaction, under the organization's lock) -> one transaction: mirrors, tier, holds, notices,
periods. Twice is once: what was mirrored already changes nothing and tells nobody.
"""

from datetime import datetime

from billing.accounts import BillingAccount, account_of_customer
from billing.customer_state import CustomerState, fetch_state
from billing.holds import apply_holds
from billing.invoice_mirrors import mirror_invoices
from billing.notices import tell_of_ended, tell_operators_of_refused
from billing.org_lock import org_lock
from billing.periods import reconcile_periods
from billing.stripe_gateway import StripeGateway
from billing.subscription_mirrors import grant_tier, mirror_subscriptions
from core.database import Connection, Database


def apply_state(connection: Connection, *, org_id: int, state: CustomerState, now: datetime) -> bool:
    """Whether the mirrors said something else before. Raises UnknownPriceError."""
    subscriptions = mirror_subscriptions(connection, org_id=org_id, fetched=state.subscriptions, now=now)
    accepted_ids = {each.id for each in subscriptions.accepted}
    invoices = mirror_invoices(
        connection,
        org_id=org_id,
        state=state,
        refused=[each.id for each in state.subscriptions if each.id not in accepted_ids],
        now=now,
    )
    grant_tier(connection, org_id=org_id, accepted=subscriptions.accepted)
    apply_holds(connection, org_id=org_id, changes=invoices, now=now)
    tell_of_ended(connection, org_id=org_id, ended=subscriptions.ended, now=now)
    tell_operators_of_refused(connection, org_id=org_id, refused=subscriptions.refused, now=now)
    reconcile_periods(connection, org_id=org_id, now=now)
    return bool(subscriptions.changed_ids or invoices)


def synchronize(database: Database, gateway: StripeGateway, account: BillingAccount, *, now: datetime) -> bool:
    """Whether anything was new. Raises the gateway's errors and OrganizationBusyError."""
    with org_lock(database, account.org_id):
        state = fetch_state(gateway, account.customer_id)
        with database.worker() as connection:
            return apply_state(connection, org_id=account.org_id, state=state, now=now)


def known_customer(database: Database, customer_id: str) -> BillingAccount | None:
    with database.worker() as connection:
        return account_of_customer(connection, customer_id)
