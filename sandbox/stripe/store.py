"""What the account holds: Stripe objects by kind, in order of creation."""

import secrets
from collections.abc import Iterator

from sandbox.stripe.refusal import Object, missing

# Objects whose customer never changes; a session that was made without one keeps its place.
_KEPT_BY_CUSTOMER = {"subscription", "invoice", "checkout.session"}


class Store:
    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, Object]] = {}
        self._by_id: dict[str, Object] = {}
        self._of_customer: dict[tuple[str, str | None], list[Object]] = {}

    def add(self, thing: Object) -> Object:
        """The same object, kept from now on under its `object` and `id`."""
        self._kinds.setdefault(thing["object"], {})[thing["id"]] = thing
        self._by_id[thing["id"]] = thing
        if thing["object"] in _KEPT_BY_CUSTOMER:
            self._of_customer.setdefault((thing["object"], thing["customer"]), []).append(thing)
        return thing

    def of_customer(self, kind: str, customer_id: str | None) -> list[Object]:
        """A customer's subscriptions, invoices, or Checkout sessions, oldest first; None: sessions made for nobody."""
        return list(self._of_customer.get((kind, customer_id), []))

    def all(self, kind: str) -> list[Object]:
        """Objects of a kind, oldest first."""
        return list(self._kinds.get(kind, {}).values())

    def where(self, kind: str, **fields: object) -> Iterator[Object]:
        """Objects of a kind whose fields have these values, oldest first."""
        return (thing for thing in self.all(kind) if all(thing.get(name) == value for name, value in fields.items()))

    def get(self, kind: str, object_id: str, *, param: str = "id") -> Object:
        """Raises a 404 where the id is in the path, a 400 where it is the parameter `param`."""
        found = self._kinds.get(kind, {}).get(object_id)
        if found is None:
            raise missing(kind, object_id, param=param)
        return found

    def find(self, object_id: str) -> Object | None:
        """An object of whatever kind."""
        return self._by_id.get(object_id)

    def remove(self, thing: Object) -> None:
        del self._kinds[thing["object"]][thing["id"]]
        del self._by_id[thing["id"]]


def new_id(prefix: str) -> str:
    """Random, as Stripe's are: a restarted sandbox must not repeat ids that a client has stored."""
    return f"{prefix}_{secrets.token_hex(12)}"
