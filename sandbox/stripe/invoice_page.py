"""The hosted page of an invoice: what it bills, and a form to pay it with a card while it is open."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sandbox.stripe.account import Account
from sandbox.stripe.collection import collect
from sandbox.stripe.invoice_requests import check_payable
from sandbox.stripe.page_frame import alert, card_fields, day, dollars, form, page, paragraph
from sandbox.stripe.portal_acts import typed_card
from sandbox.stripe.refusal import RefusedError
from sandbox.stripe.world import World


def invoice_page_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/i")

    @router.get("/{invoice_id}")
    async def show(invoice_id: str) -> Response:
        world.catch_up()
        return _page(world.account, invoice_id)

    @router.post("/{invoice_id}")
    async def pay(request: Request, invoice_id: str) -> Response:
        fields = {name: str(value) for name, value in (await request.form()).items()}
        world.catch_up()
        try:
            _pay(world.account, invoice_id, fields)
        except RefusedError as refusal:
            return _page(world.account, invoice_id, refusal.error["message"])
        finally:
            world.catch_up()
        return RedirectResponse(f"/i/{invoice_id}", status_code=303)

    return router


def _pay(account: Account, invoice_id: str, fields: dict[str, str]) -> None:
    """The card pays this invoice and stays with the customer; it becomes nobody's default."""
    invoice = account.store.get("invoice", invoice_id)
    check_payable(invoice)
    method = typed_card(account, account.customer_of(invoice), fields)
    refusal = collect(account, invoice, method=method, is_automatic=False)
    if refusal is not None:
        raise refusal


def _page(account: Account, invoice_id: str, problem: str | None = None) -> Response:
    invoice = account.store.find(invoice_id)
    if invoice is None or invoice["status"] == "draft":
        return page("Page not found", paragraph("There is no such invoice."), status=404)
    lines = [paragraph(f"{line['description']}: {dollars(line['amount'])}") for line in invoice["lines"]["data"]]
    payable = invoice["status"] in ("open", "uncollectible")
    return page(
        f"Invoice {invoice['number']}",
        paragraph(f"{day(invoice['created'])}, {invoice['status']}"),
        *lines,
        paragraph(f"Amount due: {dollars(invoice['amount_remaining'])}"),
        alert(problem),
        form(f"/i/{invoice_id}", f"Pay {dollars(invoice['amount_remaining'])}", card_fields()) if payable else "",
        status=402 if problem else 200,
    )
