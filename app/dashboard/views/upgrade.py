"""The plans: what each costs and covers, and the way to Stripe's Checkout; for who has one, the change to another."""

from typing import get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.billing import acts
from app.billing.subscription import BillingView, billing_view
from app.dashboard import fragments, serving
from app.dashboard.acting import attempted
from app.dashboard.leaving import leave_for
from app.dashboard.money import money
from app.dashboard.page_list import BILLING
from app.dashboard.views.billing_acts import NOTED, has_running_plan
from app.dashboard.views.billing_follow import expect_change, expected_change, follow
from billing.errors import PriceMissingError
from billing.stripe_gateway import StripeGateway
from billing.tiers import TIERS, Interval, PaidTierCode, Tier

NOT_OPEN = (
    "This server has no Stripe key, so nothing can be bought here. Its operator sets one. Your usage keeps being"
    " measured, and a plan can start with any month that follows."
)
PENDING = (
    "Stripe waits for the payment of the change. Pay its invoice on the Billing page; then the new plan is in force."
)
INTERVALS: dict[str, Interval] = {"Monthly": "monthly", "Yearly": "annual"}
SOLD: tuple[PaidTierCode, ...] = get_args(PaidTierCode)


def show(person: Principal) -> None:
    context = serving.context()
    view = billing_view(context.database, person.org_id)
    is_running, may_buy = has_running_plan(view), "billing:write" in acts_of(person)
    fragments.show("upgrade_heading.html", is_running=is_running)
    interval: Interval = "monthly"
    if context.stripe is None:
        fragments.show("note.html", tone="warn", title="Paid plans are not open.", sentence=NOT_OPEN, link=None)
    elif is_running and view.subscription is not None:
        interval = "annual" if view.subscription.interval == "year" else "monthly"
    else:
        chosen = st.segmented_control(
            "Billed", list(INTERVALS), default="Monthly", key="billed", label_visibility="collapsed"
        )
        interval = INTERVALS[chosen or "Monthly"]
    said = st.container()
    sentence = expected_change(view)
    if sentence is not None:
        with said:
            follow(view, sentence)
    for column, code in zip(st.columns(len(SOLD), gap="small"), SOLD, strict=True):
        with column, st.container(border=True, key=f"tier-{code}", height="stretch"):
            price = _price(context.stripe, TIERS[code], interval)
            fragments.show("tier.html", tier=TIERS[code], price=price, is_own=is_running and view.tier.code == code)
            if context.stripe is not None and may_buy and price is not None:
                _choose(person, view, code, interval, said)
    fragments.show("tier_enterprise.html", tier=TIERS["enterprise"], contact=context.settings.contact_url)
    if not may_buy:
        st.caption("Owners and admins choose plans.")


def _price(stripe: StripeGateway | None, tier: Tier, interval: Interval) -> str | None:
    """In words; None where it is not sold so. A year's price is Stripe's, for our list has the month's only."""
    if interval == "monthly" or stripe is None:
        return f"{money(tier.monthly_cents or 0)} a month"
    known: dict[str, str | None] = st.session_state.setdefault("annual-prices", {})
    if tier.code not in known:
        known[tier.code] = _annual_price(stripe, tier)
    return known[tier.code]


def _annual_price(stripe: StripeGateway, tier: Tier) -> str | None:
    try:
        price = stripe.price_of(tier.lookup_keys["annual"])
    except PriceMissingError:
        return None
    return None if price.unit_amount_cents is None else f"{money(price.unit_amount_cents, price.currency)} a year"


def _choose(
    person: Principal,
    view: BillingView,
    code: PaidTierCode,
    interval: Interval,
    said: DeltaGenerator,
) -> None:
    """A button; what it is answered stands above the plans."""
    context, tier = serving.context(), TIERS[code]
    if not has_running_plan(view):
        if st.button(f"Choose {tier.name}", type="primary", key=f"choose-{code}", width="stretch"):
            with said:
                page = attempted(
                    lambda: acts.check_out(context, person, tier=code, interval=interval, now=context.clock.now())
                )
                if page is not None:
                    leave_for(page.url, where="Stripe")
        return
    if view.tier.code == code:
        return
    if st.button(f"Change to {tier.name}", type="primary", key=f"change-{code}", width="stretch"):
        with said:
            changed = attempted(lambda: acts.change_plan(context, person, tier=code, now=context.clock.now()))
            if changed is not None and changed.has_pending_update:
                fragments.show(
                    "note.html",
                    tone="warn",
                    title="",
                    sentence=PENDING,
                    link=f"{BILLING.path}?change=unpaid",
                    link_text="To Billing",
                )
            elif changed is not None:
                expect_change(NOTED)
                st.rerun()
