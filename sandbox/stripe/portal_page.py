"""The customer portal's page: plan, card, invoices, and a button for each act."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sandbox.stripe.account import Account
from sandbox.stripe.collection import default_method
from sandbox.stripe.invoices import invoices_of
from sandbox.stripe.page_frame import (
    alert,
    card_fields,
    choice,
    day,
    dollars,
    form,
    hidden,
    link,
    page,
    paragraph,
    section,
)
from sandbox.stripe.portal_acts import ACTS
from sandbox.stripe.portal_configurations import offered_prices
from sandbox.stripe.refusal import Object, RefusedError
from sandbox.stripe.subscription_items import item_of, period_of
from sandbox.stripe.world import World


def portal_page_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/p/session")

    @router.get("/{session_id}")
    async def show(session_id: str) -> Response:
        world.catch_up()
        return _page(world.account, session_id)

    @router.post("/{session_id}/{act}")
    async def do(request: Request, session_id: str, act: str) -> Response:
        world.catch_up()
        session = world.account.store.find(session_id)
        if session is None or act not in ACTS:
            return _page(world.account, session_id)
        fields = {name: str(value) for name, value in (await request.form()).items()}
        try:
            ACTS[act](world.account, session, fields)
        except RefusedError as refusal:
            return _page(world.account, session_id, refusal.error["message"])
        finally:
            world.catch_up()
        return RedirectResponse(f"/p/session/{session_id}", status_code=303)

    return router


def _page(account: Account, session_id: str, problem: str | None = None) -> Response:
    session = account.store.find(session_id)
    if session is None:
        return page("Page not found", paragraph("There is no such portal session."), status=404)
    subscriptions = list(account.store.where("subscription", customer=session["customer"], ended_at=None))
    parts = [part for subscription in subscriptions for part in _subscription_parts(account, session, subscription)]
    if not subscriptions:
        parts = [paragraph("You have no subscription.")]
    back = link(session["return_url"], "Return to CarbonLedger") if session["return_url"] else ""
    return page(
        "Your subscription", alert(problem), *parts, *_invoices(account, session), back, status=402 if problem else 200
    )


def _subscription_parts(account: Account, session: Object, subscription: Object) -> list[str]:
    url = f"/p/session/{session['id']}"
    price = item_of(subscription)["price"]
    end = day(period_of(subscription).end)
    named = hidden("subscription", subscription["id"])
    if subscription["cancel_at_period_end"]:
        until = paragraph(f"Cancels on {end}.")
        stop = form(f"{url}/keep", "Don't cancel subscription", named)
    else:
        until = paragraph(f"Renews on {end}.")
        stop = form(f"{url}/cancel", "Cancel subscription", named)
    return [
        paragraph(f"{_plan_name(account, price)}, {subscription['status'].replace('_', ' ')}"),
        until,
        stop,
        section("Change plan", _plan_form(account, session, subscription)),
        section("Payment method", *_card(account, session, subscription)),
    ]


def _plan_form(account: Account, session: Object, subscription: Object) -> str:
    configuration = account.store.get("billing_portal.configuration", session["configuration"])
    own = item_of(subscription)["price"]["id"]
    offered = [price for price in offered_prices(account, configuration) if price["id"] != own]
    options = {price["id"]: _plan_name(account, price) for price in offered}
    return form(
        f"/p/session/{session['id']}/plan",
        "Change plan",
        hidden("subscription", subscription["id"]),
        choice("price", "Plan", options),
    )


def _card(account: Account, session: Object, subscription: Object) -> list[str]:
    method = default_method(account, subscription)
    known = f"{method['card']['brand']} ending in {method['card']['last4']}" if method else "No card."
    return [paragraph(known), form(f"/p/session/{session['id']}/card", "Save card", card_fields())]


def _invoices(account: Account, session: Object) -> list[str]:
    parts = []
    for subscription in account.store.where("subscription", customer=session["customer"]):
        for invoice in invoices_of(account, subscription):
            text = f"{day(invoice['created'])}: {dollars(invoice['total'])}, {invoice['status']}"
            parts.append(paragraph(text))
            if invoice["status"] in ("open", "uncollectible"):
                named = hidden("invoice", invoice["id"])
                parts.append(form(f"/p/session/{session['id']}/pay", f"Pay {dollars(invoice['amount_due'])}", named))
    return [section("Invoices", *parts)] if parts else []


def _plan_name(account: Account, price: Object) -> str:
    name = account.store.get("product", price["product"])["name"]
    return f"{name}, {dollars(price['unit_amount'])} per {price['recurring']['interval']}"
