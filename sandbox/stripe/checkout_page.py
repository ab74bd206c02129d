"""The page on which one types a card and pays a Checkout session."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sandbox.stripe.cards import card_of
from sandbox.stripe.checkout_payment import complete_session, due_now_cents
from sandbox.stripe.checkout_sessions import line_item_of
from sandbox.stripe.page_frame import alert, card_fields, dollars, field, form, link, page, paragraph
from sandbox.stripe.refusal import Object, RefusedError
from sandbox.stripe.world import World


def checkout_page_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/c/pay")

    @router.get("/{session_id}")
    async def show(session_id: str) -> Response:
        world.catch_up()
        return _page(world, session_id)

    @router.post("/{session_id}")
    async def pay(request: Request, session_id: str) -> Response:
        fields = {name: str(value) for name, value in (await request.form()).items()}
        world.catch_up()
        session = world.account.store.find(session_id)
        if session is None or session["status"] != "open":
            return _page(world, session_id)
        try:
            complete_session(world.account, session, card_of(fields.get("cardNumber", "")), email=fields.get("email"))
        except RefusedError as refusal:
            return _page(world, session_id, refusal.error["message"])
        finally:
            world.catch_up()
        return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), status_code=303)

    return router


def _page(world: World, session_id: str, problem: str | None = None) -> Response:
    session = world.account.store.find(session_id)
    if session is None:
        return page("Page not found", paragraph("There is no such Checkout session."), status=404)
    if session["status"] == "complete":
        return page("You're all done here", paragraph("This Checkout session has been paid."))
    if session["status"] == "expired":
        return page("This page has expired", paragraph("This Checkout session has expired."), status=410)
    line = line_item_of(world.account, session)
    trial = world.account.checkout_wishes[session_id].subscription_data
    has_trial = trial.trial_period_days is not None or trial.trial_end is not None
    email = _known_email(world, session)
    ask_email = "" if email else field("email", "Email")
    return page(
        f"Subscribe to {line['description']}",
        paragraph(f"{dollars(line['amount_total'])} per {line['price']['recurring']['interval']}"),
        paragraph(f"Due today: {dollars(due_now_cents(world.account, session))}"),
        paragraph(email) if email else "",
        alert(problem),
        form(f"/c/pay/{session_id}", "Start trial" if has_trial else "Subscribe", ask_email, card_fields()),
        link(session["cancel_url"], "Back") if session["cancel_url"] else "",
        status=402 if problem else 200,
    )


def _known_email(world: World, session: Object) -> str | None:
    known: str | None = session["customer_email"]
    if session["customer"] is not None:
        known = world.account.customer_of(session)["email"]
    return known
