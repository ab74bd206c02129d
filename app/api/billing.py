"""/v1/billing: tiers, the subscription, and Stripe's pages to buy and to change it. People only, never keys."""

from typing import Annotated

from fastapi import APIRouter

from app.accounts.principal import Principal
from app.api.billing_bodies import (
    BillingBody,
    CheckoutBody,
    CheckoutInput,
    PlanBody,
    PlanInput,
    PortalBody,
    TierBody,
    TierList,
)
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute, SecretReplyRoute
from app.billing import acts
from app.billing.subscription import billing_view
from billing.tiers import TIERS

router = APIRouter(prefix="/v1/billing", tags=["billing"], route_class=IdempotentRoute)
portal_router = APIRouter(prefix="/v1/billing", tags=["billing"], route_class=SecretReplyRoute)

Reader = Annotated[Principal, allowed("billing:read")]
Writer = Annotated[Principal, allowed("billing:write")]


@router.get("/tiers")
def list_tiers(principal: Reader) -> TierList:  # noqa: ARG001 - asked for its permission
    """What there is to choose from, cheapest first."""
    return TierList(data=[TierBody.of(tier) for tier in TIERS.values()])


@router.get("/subscription")
def get_subscription(context: Context, principal: Reader) -> BillingBody:
    """The organization's tier and subscription, a few seconds behind Stripe."""
    view = billing_view(context.database, principal.org_id)
    return BillingBody.of(view, can_be_bought=context.stripe is not None)


@router.post("/checkout")
def start_checkout(given: CheckoutInput, context: Context, principal: Writer, now: Now) -> CheckoutBody:
    """The page on which to buy the first subscription; the same page while it is open, for 24 hours."""
    page = acts.check_out(context, principal, tier=given.tier, interval=given.interval, now=now)
    return CheckoutBody(url=page.url, expires_at=page.expires_at)


@portal_router.post("/portal")
def visit_customer_portal(context: Context, principal: Writer) -> PortalBody:
    """The page of cards and invoices, for this visit."""
    return PortalBody(url=acts.visit_portal(context, principal))


@router.post("/plan")
def change_plan(given: PlanInput, context: Context, principal: Writer, now: Now) -> PlanBody:
    """Another tier at once. What it costs more is invoiced now, and it is in force when that is paid."""
    return PlanBody.of(acts.change_plan(context, principal, tier=given.tier, now=now))


@router.post("/cancel")
def cancel_subscription(context: Context, principal: Writer, now: Now) -> PlanBody:
    """End the subscription with the period that is paid; that period is still closed."""
    return PlanBody.of(acts.cancel(context, principal, now=now))


@router.post("/resume")
def resume_subscription(context: Context, principal: Writer, now: Now) -> PlanBody:
    """Take a cancellation back, as long as the subscription has not ended."""
    return PlanBody.of(acts.resume(context, principal, now=now))
