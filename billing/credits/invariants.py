"""What must hold of the credits ledger, asked of its rows and of the catalogue.

The database refuses to break any of it (core/migrations/0008_credits.sql, 0011_voided_allocations.sql); this finds what
got past it all the same: a constraint that was dropped, a restore of a part, a change by hand.
"""

from collections.abc import Mapping
from typing import Any, LiteralString

from core.database import Connection

# Each query finds the rows that break the rule; a rule that holds finds none.
_RULES: Mapping[str, LiteralString] = {
    "grams allotted are at most the grams retired, block by block": (
        "select block_id, allotted_grams, retired_grams from ops.credit_balances where allotted_grams > retired_grams"
        " or held_grams < 0"
    ),
    "no gram is allotted twice": (
        "select one.id, other.id as other_id from ops.allocations as one join ops.allocations as other"
        " on other.block_id = one.block_id and other.id > one.id and other.grams && one.grams"
    ),
    "only retired grams are allotted": (
        "select part.id from ops.allocations as part"
        " join ops.retirements as retirement on retirement.id = part.retirement_id"
        " join ops.credit_blocks as block on block.id = part.block_id"
        " where retirement.state <> 'retired' or retirement.block_id <> part.block_id or not part.grams"
        " <@ ops.grams_of_units(retirement.units, block.unit_block_start, block.unit_size_grams)"
    ),
    "invalidated units back nothing": (
        "select part.allocation_id from ops.allocations_in_force as part"
        " join ops.credit_invalidations as invalidation on invalidation.block_id = part.block_id"
        " join ops.credit_blocks as block on block.id = part.block_id where part.grams"
        " && ops.grams_of_units(invalidation.units, block.unit_block_start, block.unit_size_grams)"
    ),
    "a period has the grams that its close stated, none yet, or is getting back what it lost": (
        "select period.id, period.state, period.retire_grams, backed.grams from ops.billing_periods as period"
        " cross join lateral (select ops.grams_in_force(period.org_id, period.id) as grams) as backed"
        " where backed.grams <> case when period.state in ('retired', 'closed') then period.retire_grams"
        " when backed.grams = 0 then 0 else coalesce(period.retire_grams, 0) end"
        " and not (backed.grams < period.retire_grams"
        " and exists (select from ops.credit_refills where period_id = period.id))"
    ),
    "what a close retires is ceil(emissions - carry) within its coverage": (
        "select id, retire_grams from ops.billing_periods"
        " where state in ('frozen', 'awaiting_credits', 'retiring', 'retired', 'closed') and retire_grams"
        " <> least(greatest(0, ceil((co2e_micrograms_central - carry_in_micrograms) * 0.000001)), coverage_grams)"
    ),
    "the ledger is append-only": (
        "select wanted.name from (values ('allocations', 'append_only'), ('allocations', 'guard'),"
        " ('allocations', 'all_or_nothing'), ('retirements', 'guard'), ('credit_blocks', 'guard'),"
        " ('credit_invalidations', 'append_only'), ('credit_invalidations', 'guard'),"
        " ('credit_invalidations', 'backs_nothing'), ('voided_allocations', 'append_only'),"
        " ('voided_allocations', 'guard'),"
        " ('billing_periods', 'backed_by_credits'), ('billing_periods', 'stated_once'),"
        " ('sealed_usage', 'append_only'), ('billing_period_moves', 'append_only'))"
        " as wanted (name, trigger_name) where not exists ("
        "select from pg_trigger where tgrelid = ('ops.' || wanted.name)::regclass and tgname = wanted.trigger_name"
        " and tgenabled = 'O')"
    ),
}


def broken_invariants(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """By rule, the rows that break it; empty if the ledger is whole. A worker's or the owner's connection."""
    found = {rule: connection.execute(query).fetchall() for rule, query in _RULES.items()}
    return {rule: rows for rule, rows in found.items() if rows}
