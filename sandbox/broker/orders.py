"""The broker's books: orders, the portfolios that they are fulfilled from, and the answers to idempotency keys."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.broker.config import PortfolioConfig
from sandbox.broker.faults import Faults

CENTS_PER_TONNE = 2_500


@dataclass(slots=True)
class Order:
    id: str
    amount_kg: int
    created_on: datetime
    portfolio: PortfolioConfig
    metadata: str | None
    description: str | None
    state: Literal["placed", "fulfilled", "cancelled"] = "placed"
    units: range | None = None
    reads_until_retired: int = 0
    reads_until_numbered: int = 0


@dataclass(slots=True)
class Books:
    portfolios: dict[str, PortfolioConfig]
    orders: list[Order] = field(default_factory=list)
    answers: dict[str, tuple[dict[str, Any], Order]] = field(default_factory=dict)
    """By idempotency key: the body that came with it, and the order that it made."""
    used: dict[str, int] = field(default_factory=dict)
    """Units of each portfolio that are retired."""

    def place(self, body: dict[str, Any], *, now: datetime, faults: Faults) -> Order:
        order = Order(
            id=f"Gre28Fc{len(self.orders) + 1:05}",
            amount_kg=body["amount_kg"],
            created_on=now,
            portfolio=self.portfolios[body["portfolio_id"]],
            metadata=body.get("metadata"),
            description=body.get("description"),
        )
        self.orders.append(order)
        if faults.take("cancels"):
            order.state = "cancelled"
            return order
        if delay := faults.take("delayed_retirement"):
            order.reads_until_retired = delay.reads
        if delay := faults.take("without_serials"):
            order.reads_until_numbered = delay.reads
        if faults.take("other_units"):
            self.used[order.portfolio.id] = self.used.get(order.portfolio.id, 0) + 1
        if order.reads_until_retired == 0:
            self._fulfil(order)
        return order

    def empty(self) -> None:
        """As at the start: no orders, and every unit held."""
        self.orders.clear()
        self.answers.clear()
        self.used.clear()

    def read(self, order: Order) -> None:
        """What a look at one order brings forward."""
        if order.state == "placed":
            order.reads_until_retired -= 1
            if order.reads_until_retired <= 0:
                self._fulfil(order)
        elif order.reads_until_numbered > 0:
            order.reads_until_numbered -= 1

    def newest_first(self, *, after: str | None) -> Iterator[Order]:
        """`after`: only orders that were placed before the one of this id."""
        seen = after is None
        for order in reversed(self.orders):
            if seen:
                yield order
            seen = seen or order.id == after

    def _fulfil(self, order: Order) -> None:
        """Retire the next units; an order that the portfolio cannot fulfil stays placed."""
        portfolio, used = order.portfolio, self.used.get(order.portfolio.id, 0)
        units = order.amount_kg // portfolio.unit_kg
        if used + units <= portfolio.units:
            first = portfolio.first_unit + used
            self.used[portfolio.id] = used + units
            order.units, order.state = range(first, first + units), "fulfilled"


def as_json(order: Order, *, base_url: str, with_projects: bool) -> dict[str, Any]:
    """As the API answers it; a list of orders has no projects."""
    told: dict[str, Any] = {
        "id": order.id,
        "order_number": f"47726-53238-46633-33562-{order.id[-4:]}",
        "amount_kg": order.amount_kg,
        "created_on": order.created_on.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "metadata": order.metadata,
        "description": order.description,
        "price_usd_cents": order.amount_kg * CENTS_PER_TONNE // 1000,
        "state": order.state,
        "certificate_public_url": None if order.state == "cancelled" else f"{base_url}/registry/orders/{order.id}",
        "certificate_download_public_url": (
            None if order.state == "cancelled" else f"{base_url}/registry/certificates/{order.id}/pdf"
        ),
    }
    if with_projects:
        told["project_allocations"] = [_allocation(order)] if order.state == "fulfilled" else []
    return told


def _allocation(order: Order) -> dict[str, Any]:
    portfolio, units = order.portfolio, order.units
    retirement: dict[str, Any] = {}
    if units is not None and order.reads_until_numbered == 0:
        retirement = {
            "serial_number_range": portfolio.serial.format(start=units.start, end=units.stop - 1),
            "url": f"https://registry.example/retirements/{order.id}",
        }
    return {
        "project": {
            "id": f"project-{portfolio.registry_id}",
            "name": portfolio.project_name,
            "type": "Improved forest management",
            "registry_name": portfolio.registry_name,
            "registry_id": portfolio.registry_id,
            "un_sdg_goals": [13],
        },
        "amount_kg": order.amount_kg,
        "retirements": [retirement],
    }
