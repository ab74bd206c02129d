"""Webhook endpoints, on loopback only. Their secret is shown once, in the answer that creates them."""

import secrets
from typing import Literal
from urllib.parse import urlsplit

from sandbox.stripe.account import API_VERSION, Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.listing import ListForm, listed
from sandbox.stripe.refusal import Object, wrong
from sandbox.stripe.store import new_id

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class EndpointUpdate(Form):
    url: str | None = None
    enabled_events: list[str] | None = None
    description: str | None = None
    disabled: bool = False
    metadata: Metadata | None = None


class EndpointCreate(Form):
    url: str
    enabled_events: list[str]
    api_version: Literal["2026-10-28.endive"] | None = None
    description: str | None = None
    metadata: Metadata | None = None


def create_endpoint(account: Account, call: Call) -> Object:
    form = call.form(EndpointCreate)
    secret = f"whsec_{secrets.token_hex(24)}"
    endpoint = new_endpoint(account, form.url, form.enabled_events, secret)
    endpoint |= {"description": form.description, "metadata": with_metadata({}, form.metadata)}
    return {**endpoint, "secret": secret}


def new_endpoint(account: Account, url: str, enabled_events: list[str], secret: str) -> Object:
    _check_url(url)
    endpoint = account.store.add(
        {
            "id": new_id("we"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": account.now(),
            "description": None,
            "enabled_events": enabled_events,
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": url,
        }
    )
    account.secrets[endpoint["id"]] = secret
    return endpoint


def update_endpoint(account: Account, call: Call) -> Object:
    form = call.form(EndpointUpdate)
    endpoint = account.store.get("webhook_endpoint", call.id)
    if form.url is not None:
        _check_url(form.url)
        endpoint["url"] = form.url
    if form.enabled_events is not None:
        endpoint["enabled_events"] = form.enabled_events
    endpoint["status"] = "disabled" if form.disabled else "enabled"
    endpoint["description"] = form.description or endpoint["description"]
    endpoint["metadata"] = with_metadata(endpoint["metadata"], form.metadata)
    return endpoint


def delete_endpoint(account: Account, call: Call) -> Object:
    call.plain()
    endpoint = account.store.get("webhook_endpoint", call.id)
    account.store.remove(endpoint)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def retrieve_endpoint(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("webhook_endpoint", call.id)


def list_endpoints(account: Account, call: Call) -> Object:
    return listed(call, account.store.all("webhook_endpoint"), call.form(ListForm))


def wants(endpoint: Object, event: Object) -> bool:
    return endpoint["status"] == "enabled" and bool({"*", event["type"]} & set(endpoint["enabled_events"]))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise wrong("url", "The sandbox delivers webhooks over http to loopback only.")


ROUTES: list[Route] = [
    ("POST", "/v1/webhook_endpoints", create_endpoint),
    ("GET", "/v1/webhook_endpoints", list_endpoints),
    ("GET", "/v1/webhook_endpoints/{id}", retrieve_endpoint),
    ("POST", "/v1/webhook_endpoints/{id}", update_endpoint),
    ("DELETE", "/v1/webhook_endpoints/{id}", delete_endpoint),
]
