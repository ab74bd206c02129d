"""What owners and admins do with the plan: Stripe's portal, another plan, the end of it, and taking that back."""

import streamlit as st

from app.accounts.principal import Principal
from app.billing import acts
from app.billing.subscription import BillingView
from app.dashboard import serving
from app.dashboard.acting import attempted, done
from app.dashboard.leaving import leave_for
from app.dashboard.page_list import UPGRADE
from app.dashboard.rounds import begin_round, key_of_round
from app.dashboard.views.billing_follow import expect_change
from billing.subscription_mirrors import ENDED

NOTED = "Stripe has noted it. This page follows within seconds."


def has_running_plan(view: BillingView) -> bool:
    return view.subscription is not None and view.subscription.status not in ENDED


def show_acts(person: Principal, view: BillingView) -> None:
    """Buttons for what can be done now."""
    with st.container(horizontal=True, key="billing-acts"):
        is_running = has_running_plan(view)
        wants_plan = st.button("Change plan" if is_running else "Choose a plan", type="primary", icon=":material/bolt:")
        wants_portal = view.has_customer and st.button("Cards and invoices", icon=":material/credit_card:")
        if is_running:
            _end_or_go_on(person, view)
    if wants_plan:
        leave_for(UPGRADE.path, where="the plans")
    if wants_portal:
        url = attempted(lambda: acts.visit_portal(serving.context(), person))
        if url is not None:
            leave_for(url, where="Stripe")


def _end_or_go_on(person: Principal, view: BillingView) -> None:
    context = serving.context()
    assert view.subscription is not None  # noqa: S101 - it is running
    if view.subscription.cancels_at is not None:
        if st.button("Resume the plan", icon=":material/restart_alt:") and done(
            lambda: acts.resume(context, person, now=context.clock.now())
        ):
            _draw_anew()
        return
    with st.popover("Cancel the plan", icon=":material/event_busy:", key=key_of_round("cancel-plan")):
        st.write(
            "The plan ends with the period that is paid. That period is still closed: credits are retired for it as for"
            " any other. Usage goes on being measured."
        )
        if st.button("End it with this period", type="primary") and done(
            lambda: acts.cancel(context, person, now=context.clock.now())
        ):
            _draw_anew()


def _draw_anew() -> None:
    """With the popover shut, and a word that the mirror follows."""
    expect_change(NOTED)
    begin_round()
    st.rerun()
