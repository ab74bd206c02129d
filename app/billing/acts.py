"""What a person may do with the subscription, each written into the audit log once Stripe has done it."""

from datetime import datetime

from app.accounts.principal import Principal
from app.context import ServerContext
from billing import plan_changes
from billing.checkout import CheckoutPage, start_checkout
from billing.errors import BillingNotConfiguredError
from billing.portal import open_portal
from billing.stripe_gateway import StripeGateway
from billing.stripe_objects import Subscription
from billing.tiers import Interval, PaidTierCode
from core.audit import AuditedAct, audit
from core.ids import public_id

BILLING_PAGE = "/billing"


def configured(context: ServerContext) -> StripeGateway:
    """Raises BillingNotConfiguredError for an installation without a Stripe key."""
    if context.stripe is None:
        raise BillingNotConfiguredError
    return context.stripe


def check_out(
    context: ServerContext, principal: Principal, *, tier: PaidTierCode, interval: Interval, now: datetime
) -> CheckoutPage:
    page = start_checkout(
        context.database,
        configured(context),
        org_id=principal.org_id,
        tier=tier,
        interval=interval,
        return_url=_page(context),
        now=now,
    )
    _audit(context, principal, "billing.checkout-started", reason=f"{tier}, {interval}", now=now)
    return page


def visit_portal(context: ServerContext, principal: Principal) -> str:
    return open_portal(context.database, configured(context), org_id=principal.org_id, return_url=_page(context))


def change_plan(context: ServerContext, principal: Principal, *, tier: PaidTierCode, now: datetime) -> Subscription:
    changed = plan_changes.change_plan(context.database, configured(context), org_id=principal.org_id, tier=tier)
    _audit(context, principal, "billing.plan-changed", reason=f"to {tier}", now=now)
    return changed


def cancel(context: ServerContext, principal: Principal, *, now: datetime) -> Subscription:
    cancelled = plan_changes.cancel(context.database, configured(context), org_id=principal.org_id)
    _audit(context, principal, "billing.cancelled", reason=None, now=now)
    return cancelled


def resume(context: ServerContext, principal: Principal, *, now: datetime) -> Subscription:
    resumed = plan_changes.resume(context.database, configured(context), org_id=principal.org_id)
    _audit(context, principal, "billing.resumed", reason=None, now=now)
    return resumed


def _page(context: ServerContext) -> str:
    return context.settings.public_url + BILLING_PAGE


def _audit(context: ServerContext, principal: Principal, act: AuditedAct, *, reason: str | None, now: datetime) -> None:
    with context.database.tenant(principal.org_id) as connection:
        audit(
            connection,
            principal.org_id,
            actor=principal.actor,
            act=act,
            subject=public_id("org", principal.org_id),
            reason=reason,
            now=now,
        )
