"""Events: a snapshot of an object at each change, kept for /v1/events and handed to the webhooks."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from sandbox.stripe.account import API_VERSION, Account
from sandbox.stripe.call import Call
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.refusal import Object
from sandbox.stripe.store import new_id

_RETAINED_SECONDS = 30 * 86_400


class EventList(ListForm):
    type: str | None = None
    types: tuple[str, ...] = ()
    created: Created = None
    delivery_success: bool | None = None


def emit(account: Account, kind: str, thing: Object, *, previous: Object | None = None) -> Object:
    """The event. Its time is that of the object's clock."""
    data: Object = {"object": deepcopy(thing)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = account.store.add(
        {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": account.now_of(thing),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": account.request or {"id": None, "idempotency_key": None},
            "type": kind,
        }
    )
    account.outbox.append(event["id"])
    return event


@contextmanager
def noting(account: Account, thing: Object, kind: str) -> Iterator[None]:
    """Emits an event with the former values of what the block changed, if it changed anything."""
    before = deepcopy(thing)
    yield
    previous = {name: before.get(name) for name in thing if before.get(name) != thing[name]}
    if previous:
        emit(account, kind, thing, previous=previous)


def list_events(account: Account, call: Call) -> Object:
    form = call.form(EventList)
    oldest = account.now() - _RETAINED_SECONDS
    wanted = {*form.types, *([form.type] if form.type else [])}
    found = [
        event
        for event in account.store.all("event")
        if event["created"] >= oldest
        and _is_wanted(event["type"], wanted)
        and (form.delivery_success is None or form.delivery_success == (event["pending_webhooks"] == 0))
    ]
    return listed(call, found, form, created=form.created)


def _is_wanted(kind: str, wanted: set[str]) -> bool:
    return not wanted or kind in wanted or f"{kind.rpartition('.')[0]}.*" in wanted


def retrieve_event(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("event", call.id)


ROUTES = [("GET", "/v1/events", list_events), ("GET", "/v1/events/{id}", retrieve_event)]
