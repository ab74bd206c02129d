"""The bodies of /v1/billing but for its periods. Money is whole cents, masses are exact text."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from app.billing.subscription import BillingView, SubscriptionView, UnpaidInvoice
from billing.stripe_objects import Subscription
from billing.tiers import Interval, PaidTierCode, Tier, TierCode, tier_of_price


class TierBody(BaseModel):
    code: TierCode
    name: str
    monthly_cents: int | None = Field(description="US cents a month; null: talk to us.")
    coverage_grams: int = Field(description="CO2e of a calendar month that is covered by retired credits.")
    intervals: list[Interval] = Field(description="How it may be paid. Which of them are sold here, Stripe knows.")
    features: list[str]

    @classmethod
    def of(cls, tier: Tier) -> Self:
        return cls(
            code=tier.code,
            name=tier.name,
            monthly_cents=tier.monthly_cents,
            coverage_grams=tier.coverage_grams,
            intervals=list(tier.lookup_keys),
            features=list(tier.features),
        )


class TierList(BaseModel):
    data: list[TierBody]


class CheckoutInput(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [{"tier": "starter"}]})

    tier: PaidTierCode
    interval: Interval = "monthly"


class PlanInput(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [{"tier": "growth"}]})

    tier: PaidTierCode


class CheckoutBody(BaseModel):
    url: str = Field(description="Stripe's page on which to pay. Card numbers are given there and nowhere else.")
    expires_at: datetime


class PortalBody(BaseModel):
    url: str = Field(description="Stripe's page for cards and invoices. It logs in by itself: do not pass it on.")


class PlanBody(BaseModel):
    """The subscription as Stripe has it at this moment; GET /v1/billing/subscription follows within seconds."""

    tier: TierCode
    status: str
    is_waiting_for_payment: bool = Field(description="The change is in force once its invoice is paid.")
    cancels_at: datetime | None
    current_period_ended_at: datetime

    @classmethod
    def of(cls, subscription: Subscription) -> Self:
        at_period_end = subscription.current_ended_at if subscription.cancels_at_period_end else None
        return cls(
            tier=tier_of_price(subscription.price.lookup_key or "").code,
            status=subscription.status,
            is_waiting_for_payment=subscription.has_pending_update,
            cancels_at=subscription.cancel_at or at_period_end,
            current_period_ended_at=subscription.current_ended_at,
        )


class SubscriptionBody(BaseModel):
    status: str = Field(description="Stripe's word: active, trialing, past_due, unpaid, paused, canceled.")
    tier: TierCode
    interval: Interval
    started_at: datetime
    current_period_started_at: datetime
    current_period_ended_at: datetime
    trial_ended_at: datetime | None
    cancels_at: datetime | None = Field(description="It ends by itself then; null: it goes on.")
    ended_at: datetime | None
    is_collection_paused: bool

    @classmethod
    def of(cls, view: SubscriptionView) -> Self:
        return cls(
            status=view.status,
            tier=view.tier,
            interval="annual" if view.interval == "year" else "monthly",
            started_at=view.started_at,
            current_period_started_at=view.current_started_at,
            current_period_ended_at=view.current_ended_at,
            trial_ended_at=view.trial_ended_at,
            cancels_at=view.cancels_at,
            ended_at=view.ended_at,
            is_collection_paused=view.is_collection_paused,
        )


class UnpaidInvoiceBody(BaseModel):
    total_cents: int
    currency: str = Field(examples=["usd"])
    attempt_count: int = Field(description="How often the card was tried.")
    url: str | None = Field(description="Stripe's page on which to pay it.")
    created_at: datetime

    @classmethod
    def of(cls, invoice: UnpaidInvoice) -> Self:
        return cls(
            total_cents=invoice.total_cents,
            currency=invoice.currency,
            attempt_count=invoice.attempt_count,
            url=invoice.url,
            created_at=invoice.created_at,
        )


class BillingBody(BaseModel):
    tier: TierBody
    can_be_bought: bool = Field(description="False: this installation has no Stripe key.")
    subscription: SubscriptionBody | None = Field(description="The newest one, also after its end; null: never any.")
    unpaid_invoices: list[UnpaidInvoiceBody]
    is_on_hold: bool = Field(description="After a refund or a dispute nothing is retired until it is settled.")
    next_close_at: datetime | None = Field(description="When the next period is closed, if its payment has arrived.")

    @classmethod
    def of(cls, view: BillingView, *, can_be_bought: bool) -> Self:
        return cls(
            tier=TierBody.of(view.tier),
            can_be_bought=can_be_bought,
            subscription=None if view.subscription is None else SubscriptionBody.of(view.subscription),
            unpaid_invoices=[UnpaidInvoiceBody.of(invoice) for invoice in view.unpaid_invoices],
            is_on_hold=view.held_at is not None,
            next_close_at=view.next_close_at,
        )
