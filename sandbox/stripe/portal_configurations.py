"""Configurations of the customer portal: which plans it offers, how it cancels. One is there from the start."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.listing import ListForm, listed
from sandbox.stripe.refusal import Object
from sandbox.stripe.store import new_id


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Switch(_Part):
    enabled: bool = True


class Offer(_Part):
    product: str
    prices: tuple[str, ...]


class PlanChanges(_Part):
    enabled: bool = True
    default_allowed_updates: tuple[Literal["price"], ...] = ("price",)
    products: tuple[Offer, ...] | None = None
    """None: every active price."""
    proration_behavior: Literal["always_invoice", "create_prorations", "none"] = "always_invoice"


class Cancellation(_Part):
    enabled: bool = True
    mode: Literal["at_period_end", "immediately"] = "at_period_end"
    proration_behavior: Literal["none"] = "none"


class Features(_Part):
    invoice_history: Switch = Switch()
    payment_method_update: Switch = Switch()
    subscription_cancel: Cancellation = Cancellation()
    subscription_update: PlanChanges = PlanChanges()


class BusinessProfile(_Part):
    headline: str | None = None
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None


class ConfigurationCreate(Form):
    features: Features
    business_profile: BusinessProfile = BusinessProfile()
    default_return_url: str | None = None
    metadata: Metadata | None = None


class ConfigurationList(ListForm):
    active: bool | None = None
    is_default: bool | None = None


def create_configuration(account: Account, call: Call) -> Object:
    form = call.form(ConfigurationCreate)
    for offer in form.features.subscription_update.products or ():
        for price_id in offer.prices:
            account.store.get("price", price_id, param="features[subscription_update][products]")
    configuration = new_configuration(account, form.features, is_default=False)
    configuration |= {
        "business_profile": form.business_profile.model_dump(),
        "default_return_url": form.default_return_url,
        "metadata": with_metadata({}, form.metadata),
    }
    return configuration


def new_configuration(account: Account, features: Features | None = None, *, is_default: bool) -> Object:
    return account.store.add(
        {
            "id": new_id("bpc"),
            "object": "billing_portal.configuration",
            "active": True,
            "application": None,
            "business_profile": BusinessProfile().model_dump(),
            "created": account.now(),
            "default_return_url": None,
            "features": _as_features(features or Features()),
            "is_default": is_default,
            "livemode": False,
            "login_page": {"enabled": False, "url": None},
            "metadata": {},
            "name": None,
            "updated": account.now(),
        }
    )


def offered_prices(account: Account, configuration: Object) -> list[Object]:
    """What one may change to."""
    products = configuration["features"]["subscription_update"]["products"]
    prices = list(account.store.where("price", active=True))
    if products is None:
        return prices
    offered = {price_id for offer in products for price_id in offer["prices"]}
    return [price for price in prices if price["id"] in offered]


def retrieve_configuration(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("billing_portal.configuration", call.id)


def list_configurations(account: Account, call: Call) -> Object:
    form = call.form(ConfigurationList)
    fields = form.model_dump(include={"active", "is_default"}, exclude_none=True)
    return listed(call, list(account.store.where("billing_portal.configuration", **fields)), form)


def _as_features(features: Features) -> Object:
    return {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": features.invoice_history.model_dump(),
        "payment_method_update": features.payment_method_update.model_dump() | {"payment_method_configuration": None},
        "subscription_cancel": features.subscription_cancel.model_dump()
        | {"cancellation_reason": {"enabled": False, "options": []}},
        "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
        "subscription_update": features.subscription_update.model_dump(mode="json")
        | {
            "billing_cycle_anchor": "unchanged",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "continue_trial",
        },
    }


ROUTES: list[Route] = [
    ("POST", "/v1/billing_portal/configurations", create_configuration),
    ("GET", "/v1/billing_portal/configurations", list_configurations),
    ("GET", "/v1/billing_portal/configurations/{id}", retrieve_configuration),
]
