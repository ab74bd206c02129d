"""Billing accounts: which Stripe customer an organization is.

The id is stored and committed before anything is bought, so that an event about the customer always finds its
organization.
"""

from dataclasses import dataclass
from datetime import datetime

from billing.stripe_gateway import StripeGateway
from core.database import Connection, Database, fetch_one
from core.ids import public_id


@dataclass(frozen=True, slots=True)
class BillingAccount:
    org_id: int
    customer_id: str
    held_at: datetime | None
    hold_reason: str | None


_ACCOUNT = "select org_id, stripe_customer_id as customer_id, held_at, hold_reason from ops.billing_accounts"


def account_of(connection: Connection, org_id: int) -> BillingAccount | None:
    """In a transaction of the tenant or of the worker."""
    row = connection.execute(f"{_ACCOUNT} where org_id = %s".encode(), [org_id]).fetchone()
    return None if row is None else BillingAccount(**row)


def account_of_customer(connection: Connection, customer_id: str) -> BillingAccount | None:
    """None for a customer that is none of ours: the Stripe account may sell other things."""
    row = connection.execute(f"{_ACCOUNT} where stripe_customer_id = %s".encode(), [customer_id]).fetchone()
    return None if row is None else BillingAccount(**row)


def organization_reference(org_id: int, created_at: datetime) -> str:
    """What we call the organization at Stripe. Two installations that share a Stripe account do not meet in it."""
    return f"{public_id('org', org_id)}.{int(created_at.timestamp() * 1_000_000)}"


def ensure_account(database: Database, gateway: StripeGateway, *, org_id: int, now: datetime) -> BillingAccount:
    """The organization's account; its customer is found at Stripe, or made there, on the first call.

    Stripe writes to the oldest owner: whoever asks, the facts are the same, and so is what belongs to the key.
    A crash between Stripe and our commit leaves a customer that the next call finds by our reference, or within a day
    by the idempotency key.
    """
    with database.tenant(org_id) as connection:
        account = account_of(connection, org_id)
        organization = fetch_one(
            connection,
            "select name, created_at, (select email from ops.members_of_tenant() where role = 'owner'"
            "  order by user_id limit 1) as email from ops.organizations where id = %s",
            [org_id],
        )
    if account is not None:
        return account
    reference = organization_reference(org_id, organization["created_at"])
    customer_id = gateway.find_customer(reference) or gateway.create_customer(
        reference, name=organization["name"], email=organization["email"]
    )
    with database.tenant(org_id) as connection:
        connection.execute(
            "insert into ops.billing_accounts (org_id, stripe_customer_id, created_at) values (%s, %s, %s)"
            " on conflict (org_id) do nothing",
            [org_id, customer_id, now],
        )
        stored = account_of(connection, org_id)
    assert stored is not None  # noqa: S101 - inserted above, or by whoever was quicker
    return stored
