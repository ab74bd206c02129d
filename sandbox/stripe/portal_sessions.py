"""Customer portal sessions: an address that lets in whoever knows it, on the customer's behalf."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.form import Form
from sandbox.stripe.refusal import Object
from sandbox.stripe.store import new_id

_FLOWS = ("subscription_cancel", "subscription_update")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubscriptionFlow(_Part):
    subscription: str


class FlowData(_Part):
    type: Literal["payment_method_update", "subscription_cancel", "subscription_update"]
    subscription_cancel: SubscriptionFlow | None = None
    subscription_update: SubscriptionFlow | None = None


class SessionCreate(Form):
    customer: str
    return_url: str | None = None
    configuration: str | None = None
    flow_data: FlowData | None = None


def create_session(account: Account, call: Call) -> Object:
    form = call.form(SessionCreate)
    customer = account.store.get("customer", form.customer, param="customer")
    if form.configuration is not None:
        configuration = account.store.get("billing_portal.configuration", form.configuration, param="configuration")
    else:
        configuration = next(account.store.where("billing_portal.configuration", is_default=True))
    session_id = new_id("bps")
    return account.store.add(
        {
            "id": session_id,
            "object": "billing_portal.session",
            "configuration": configuration["id"],
            "created": account.now_of(customer),
            "customer": customer["id"],
            "customer_account": None,
            "flow": _flow(account, form.flow_data),
            "livemode": False,
            "locale": None,
            "on_behalf_of": None,
            "return_url": form.return_url or configuration["default_return_url"],
            "url": f"{account.base_url}/p/session/{session_id}",
        }
    )


def _flow(account: Account, data: FlowData | None) -> Object | None:
    if data is None:
        return None
    flow: Object = {
        "after_completion": {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"},
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": data.type,
    }
    for name in _FLOWS:
        part: SubscriptionFlow | None = getattr(data, name)
        if part is not None:
            account.store.get("subscription", part.subscription, param=f"flow_data[{name}][subscription]")
            flow[name] = part.model_dump()
    return flow


ROUTES: list[Route] = [("POST", "/v1/billing_portal/sessions", create_session)]
