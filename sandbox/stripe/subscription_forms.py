"""The parameters of subscription requests."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.stripe.checkout_sessions import BillingMode, TrialSettings
from sandbox.stripe.form import Form, Metadata
from sandbox.stripe.listing import Created, ListForm
from sandbox.stripe.subscriptions import PaymentBehavior

ProrationBehavior = Literal["always_invoice", "create_prorations", "none"]
Status = Literal[
    "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid"
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemWish(_Part):
    price: str
    quantity: int = Field(default=1, ge=1)


class ItemChange(_Part):
    id: str | None = None
    price: str | None = None
    quantity: int | None = Field(default=None, ge=1)


class AnchorChange(_Part):
    type: Literal["now", "unchanged"]


class PauseCollection(_Part):
    behavior: Literal["keep_as_draft", "mark_uncollectible", "void"]
    resumes_at: int | None = None


class CancellationDetails(_Part):
    comment: str | None = None
    feedback: str | None = None


class SubscriptionCreate(Form):
    customer: str
    items: list[ItemWish] = Field(min_length=1, max_length=1)
    billing_cycle_anchor: int | None = None
    billing_mode: BillingMode = BillingMode(type="flexible")
    cancel_at: int | None = None
    cancel_at_period_end: bool = False
    collection_method: Literal["charge_automatically"] = "charge_automatically"
    default_payment_method: str | None = None
    description: str | None = None
    metadata: Metadata | None = None
    off_session: bool | None = None
    payment_behavior: PaymentBehavior = "allow_incomplete"
    proration_behavior: ProrationBehavior = "create_prorations"
    trial_end: int | Literal["now"] | None = None
    trial_from_plan: bool = False
    trial_period_days: int | None = Field(default=None, ge=1, le=730)
    trial_settings: TrialSettings = TrialSettings()


class SubscriptionUpdate(Form):
    items: list[ItemChange] | None = Field(default=None, min_length=1, max_length=1)
    billing_cycle_anchor: AnchorChange | Literal["now", "unchanged"] | None = None
    cancel_at: int | Literal[""] | None = None
    cancel_at_period_end: bool | None = None
    cancellation_details: CancellationDetails | None = None
    default_payment_method: str | None = None
    description: str | None = None
    metadata: Metadata | None = None
    off_session: bool | None = None
    pause_collection: PauseCollection | Literal[""] | None = None
    payment_behavior: PaymentBehavior = "allow_incomplete"
    proration_behavior: ProrationBehavior = "create_prorations"
    proration_date: int | None = None
    trial_end: int | Literal["now"] | None = None

    @property
    def restarts_cycle(self) -> bool:
        anchor = self.billing_cycle_anchor
        return (anchor.type if isinstance(anchor, AnchorChange) else anchor) == "now"


class SubscriptionCancel(Form):
    invoice_now: bool = False
    prorate: bool = False
    cancellation_details: CancellationDetails | None = None


class SubscriptionResume(Form):
    billing_cycle_anchor: Literal["now", "unchanged"] = "now"
    proration_behavior: ProrationBehavior = "create_prorations"


class SubscriptionList(ListForm):
    customer: str | None = None
    price: str | None = None
    status: Status | None = None
    created: Created = None
    test_clock: str | None = None


# What Stripe lets one change together with `pending_if_incomplete` (docs.stripe.com/billing/subscriptions/
# pending-updates-reference).
WITH_PENDING_UPDATES = {
    "expand", "items", "billing_cycle_anchor", "off_session", "payment_behavior", "proration_behavior",
    "proration_date", "trial_end",
}  # fmt: skip
