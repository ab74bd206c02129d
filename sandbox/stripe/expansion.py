"""`expand[]`: ids replaced by their objects, and the lists that Stripe leaves out unless asked for them."""

from collections.abc import Callable
from copy import deepcopy

from sandbox.stripe.account import Account
from sandbox.stripe.checkout_sessions import line_items_of
from sandbox.stripe.listing import as_list
from sandbox.stripe.refusal import Object, RefusedError

_DEEPEST = 4


def expanded(account: Account, answer: Object, paths: list[str]) -> Object:
    """A copy of the answer with these paths expanded. Raises RefusedError for a path that leads nowhere."""
    whole = deepcopy(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST + (steps[0] == "data"):
            raise RefusedError(f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}")
        _expand(account, whole, steps, path)
    return whole


def _expand(account: Account, thing: object, steps: list[str], path: str) -> None:
    if isinstance(thing, list):
        for each in thing:
            _expand(account, each, steps, path)
        return
    if not isinstance(thing, dict):
        return
    if thing.get("object") == "list" and steps[0] != "data":
        _expand(account, thing["data"], steps, path)
        return
    name, *rest = steps
    if name not in thing:
        thing[name] = _left_out(account, thing, name, path)
    if isinstance(thing[name], str):
        thing[name] = _object_of(account, thing[name], path)
    if rest:
        _expand(account, thing[name], rest, path)


def _object_of(account: Account, object_id: str, path: str) -> Object:
    found = account.store.find(object_id)
    if found is None:
        raise _not_expandable(path)
    return deepcopy(found)


def _left_out(account: Account, thing: Object, name: str, path: str) -> Object:
    make = _LEFT_OUT.get((thing.get("object", ""), name))
    if make is None:
        raise _not_expandable(path)
    return deepcopy(make(account, thing))


def _not_expandable(path: str) -> RefusedError:
    return RefusedError(f"This property cannot be expanded ({path}).")


def _payments(account: Account, invoice: Object) -> Object:
    found = list(account.store.where("invoice_payment", invoice=invoice["id"]))
    return as_list(found, url=f"/v1/invoice_payments?invoice={invoice['id']}")


def _subscriptions(account: Account, customer: Object) -> Object:
    found = list(account.store.where("subscription", customer=customer["id"], ended_at=None))
    return as_list(found[::-1], url=f"/v1/customers/{customer['id']}/subscriptions")


def _refunds(account: Account, charge: Object) -> Object:
    found = list(account.store.where("refund", charge=charge["id"]))
    return as_list(found[::-1], url=f"/v1/charges/{charge['id']}/refunds")


_LEFT_OUT: dict[tuple[str, str], Callable[[Account, Object], Object]] = {
    ("invoice", "payments"): _payments,
    ("customer", "subscriptions"): _subscriptions,
    ("charge", "refunds"): _refunds,
    ("checkout.session", "line_items"): line_items_of,
}
