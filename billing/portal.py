"""The customer portal: a page of Stripe's for cards, invoices and the end of the subscription.

Its configuration at Stripe must not let people change plans: that is done here, where it is paid at once.
"""

from billing.accounts import account_of
from billing.errors import NotSubscribedError
from billing.stripe_gateway import StripeGateway
from core.database import Database


def open_portal(database: Database, gateway: StripeGateway, *, org_id: int, return_url: str) -> str:
    """The address to send the person to. Raises NotSubscribedError for an organization that never bought anything."""
    with database.tenant(org_id) as connection:
        account = account_of(connection, org_id)
    if account is None:
        raise NotSubscribedError
    return gateway.create_portal(account.customer_id, return_url=return_url)
