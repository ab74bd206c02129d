"""In which order blocks are used up: a setting of the operator (CARBONLEDGER_CREDITS_POLICY)."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Literal

from billing.credits.blocks import Block

Policy = Literal["removal_first", "oldest_vintage_first", "cheapest"]

_ORDERS: Mapping[Policy, Callable[[Block], tuple[int | Fraction, ...]]] = {
    "removal_first": lambda block: (block.mitigation_class != "removal", block.vintage_year, block.id),
    "oldest_vintage_first": lambda block: (block.vintage_year, block.id),
    "cheapest": lambda block: (Fraction(block.cost_cents, block.total_grams), block.id),
}


def in_order(blocks: Iterable[Block], policy: Policy) -> list[Block]:
    """The blocks, those to be used first at the front; ties by age in the pool."""
    return sorted(blocks, key=_ORDERS[policy])
