"""Orders as CNaught's API answers them (docs.cnaught.com/api-reference/orders, and the models of cnaught-node-sdk).

`state` is placed, fulfilled or cancelled; what a fulfilled order retired stands in `project_allocations`. Amounts are
JSON numbers, read as Decimal. Serial numbers may come later than the state.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from billing.credits.backend import BackendOrder, ShownUnits
from billing.credits.errors import UnreadableOrderError

Model = TypeVar("Model", bound=BaseModel)


class _Published(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Retirement(_Published):
    serial_number_range: str | None = None
    url: str | None = None


class ProjectAllocation(_Published):
    amount_kg: Decimal
    retirements: tuple[Retirement, ...]


class OrderAnswer(_Published):
    """One order. A list leaves the projects out, so an order found there is read again by its id."""

    id: str
    order_number: str
    amount_kg: Decimal
    state: Literal["placed", "fulfilled", "cancelled"]
    created_on: datetime
    metadata: str | None = None
    description: str | None = None
    certificate_download_public_url: str | None = None
    project_allocations: tuple[ProjectAllocation, ...] | None = None


class OrderList(_Published):
    data: tuple[OrderAnswer, ...]


def read_order(body: bytes) -> BackendOrder:
    """The order of an answer. Raises UnreadableOrderError for a shape that is not the published one."""
    order = _validated(OrderAnswer, body)
    retirements = [one for allocation in order.project_allocations or () for one in allocation.retirements]
    shown = [ShownUnits(one.serial_number_range, one.url) for one in retirements if one.serial_number_range]
    is_shown = order.state == "fulfilled" and retirements != [] and len(shown) == len(retirements)
    return BackendOrder(
        order_id=order.id,
        state="failed" if order.state == "cancelled" else "retired" if is_shown else "ordered",
        shown=shown,
        registry_retirement_id=order.order_number,
        beneficiary=order.description,
        certificate_url=order.certificate_download_public_url,
        document=body,
    )


def read_page(body: bytes) -> tuple[OrderAnswer, ...]:
    """A page of the list, newest order first. Raises UnreadableOrderError."""
    return _validated(OrderList, body).data


def created_at(order: OrderAnswer) -> datetime:
    """The API documents UTC; its examples say so with a Z."""
    return order.created_on if order.created_on.tzinfo else order.created_on.replace(tzinfo=UTC)


def _validated(model: type[Model], body: bytes) -> Model:
    try:
        parsed: Any = json.loads(body, parse_float=Decimal)
        return model.model_validate(parsed)
    except ValueError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else "body"
        raise UnreadableOrderError(f"The broker's answer is not an order as it is documented: {where}.") from None
