"""Billing: the plan, what the current period has emitted and covers, what to do about it, and every period so far."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.billing.periods import PeriodView, after_final_close, list_periods, period_detail
from app.billing.subscription import BillingView, billing_view
from app.dashboard import address, fragments, serving
from app.dashboard.billing_figures import PeriodFigure, adjustment_figures, current_period, period_figure
from app.dashboard.billing_words import subscription_words
from app.dashboard.instants import written_date
from app.dashboard.money import money
from app.dashboard.page_list import PERIOD, RECEIPT
from app.dashboard.views.billing_acts import has_running_plan, show_acts
from app.dashboard.views.billing_follow import expected_change, follow
from billing.tiers import TIERS

CAME_BACK = "Stripe has your order. This page follows within seconds."
UNPAID = "Stripe’s invoice for the change of plan appears here within seconds."
LEFT = "Checkout was left, and nothing was bought. The plans are where they were."
NO_PERIOD = "A plan begins the first period. Until then usage is measured, and nothing is closed."
HOLD = (
    "A payment was refunded or is disputed. Nothing is retired until it is settled; write to us if that is not as it"
    " should be. Usage goes on being measured."
)


def show(person: Principal) -> None:
    context = serving.context()
    view = billing_view(context.database, person.org_id)
    periods = list_periods(context.database, person.org_id)
    fragments.show("heading.html", title="Billing", aside="Periods begin and end at 00:00 UTC")
    _say_what_happened(view)
    if view.unpaid_invoices:
        invoices = [
            {
                "amount": money(each.total_cents, each.currency),
                "created_at": each.created_at,
                "attempt_count": each.attempt_count,
                "url": each.url,
            }
            for each in view.unpaid_invoices
        ]
        fragments.show("billing_invoices.html", invoices=invoices)
    if view.held_at is not None:
        title = f"On hold since {written_date(view.held_at)}."
        fragments.show("note.html", tone="warn", title=title, sentence=HOLD, link=None)
    _plan(person, view)
    _periods(person, view, periods)


def _say_what_happened(view: BillingView) -> None:
    """After Checkout, and after an act whose mirror is on its way."""
    came_back = address.in_address("checkout")
    sentence = expected_change(view)
    if came_back == "done" and not has_running_plan(view):
        follow(view, CAME_BACK)
    elif came_back == "left" and not has_running_plan(view):
        fragments.show("note.html", tone="warn", title="", sentence=LEFT, link=None)
    elif address.in_address("change") == "unpaid" and not view.unpaid_invoices:
        follow(view, UNPAID)
    elif sentence is not None:
        follow(view, sentence)


def _plan(person: Principal, view: BillingView) -> None:
    price = None
    if has_running_plan(view) and view.subscription is not None and view.tier.monthly_cents:
        is_monthly = view.subscription.interval == "month"
        price = f"{money(view.tier.monthly_cents)} a month" if is_monthly else "billed by the year"
    with st.container(border=True, key="billing-plan"):
        fragments.show(
            "billing_plan.html",
            view=view,
            words=subscription_words(view.subscription, view.tier),
            price=price,
            coverage=Decimal(view.tier.coverage_grams),
        )
        if "billing:write" in acts_of(person):
            show_acts(person, view)
        else:
            st.caption("Owners and admins choose, change and cancel plans.")


def _periods(person: Principal, view: BillingView, periods: Sequence[PeriodView]) -> None:
    database, now = serving.context().database, serving.context().clock.now()
    figures = [period_figure(each, now=now, is_on_hold=view.held_at is not None) for each in periods]
    current = current_period(periods, now=now)
    if current is None:
        fragments.show(
            "note.html",
            tone="quiet",
            title="",
            sentence=NO_PERIOD,
            link=None,
        )
        return
    shown = next(figure for figure in figures if figure.period.id == current.id)
    show_period_card(shown, view, is_current=True)
    adjustments = adjustment_figures(period_detail(database, person.org_id, current.id).adjustments, periods)
    if adjustments:
        where = "It counts in this period; what was closed stays as it is."
        fragments.show("billing_adjustments.html", adjustments=adjustments, where=where)
    if left_over := adjustment_figures(after_final_close(database, person.org_id), periods):
        where = "No paid period follows that could carry it."
        fragments.show("billing_adjustments.html", adjustments=left_over, where=where)
    tier_names = {str(code): tier.name for code, tier in TIERS.items()}
    begun = [each for each in figures if each.period.started_at is None or each.period.started_at <= now]
    fragments.show(
        "billing_history.html",
        figures=begun[::-1],
        page=PERIOD.path,
        receipt_page=RECEIPT.path,
        tier_names=tier_names,
    )


def show_period_card(figure: PeriodFigure, view: BillingView, *, is_current: bool) -> None:
    """One period with its figures. The next close is the organization's, which may be an earlier period's."""
    period, note = figure.period, "nothing closes while nothing is paid"
    close_at = period.close_at
    if is_current and view.next_close_at is not None:
        close_at = view.next_close_at
    if close_at is not None:
        note = "00:00 UTC" if close_at.hour == close_at.minute == 0 else f"{close_at:%H:%M} UTC"
        note += ", if it is paid by then" if period.paid_at is None else ""
    elif period.funding == "paid" and period.ended_at is not None:
        note = "48 hours after its end and its payment"
    fragments.show(
        "billing_current.html",
        figure=figure,
        is_current=is_current,
        close_at=close_at,
        close_note=note,
        receipt_page=RECEIPT.path,
    )
