"""The credits that a receipt states: grams of retired units, fixed in ops.receipt_credits when it is signed.

Grams of a receipt are counted from the first gram of the retirement, as the log counts them; the tables count from the
block's first.
"""

from dataclasses import dataclass
from typing import Any

from carbonledger.verify.strict_json import Json

from core.database import Connection
from receipts.document import texts
from receipts.log.leaves import AllocLeaf, RetireLeaf

_FIX = """
    insert into ops.receipt_credits (receipt_row_id, org_id, period_id, allocation_id, grams)
    select receipt.id, receipt.org_id, receipt.period_id, part.allocation_id, part.grams
    from ops.receipts as receipt
    join ops.allocations_in_force as part on part.org_id = receipt.org_id and part.period_id = receipt.period_id
    where receipt.id = %s
    on conflict do nothing
"""
_NAMES_VOIDED = """
    select 1 from ops.receipt_credits as stated
    join ops.voided_allocations as voided using (allocation_id)
    where stated.receipt_row_id = %s and voided.grams && stated.grams limit 1
"""
_STATED = """
    select
        block.registry, block.project_id, block.project_name, block.host_country, block.project_type, block.methodology,
        block.methodology_version, block.mitigation_class, block.unit_type, block.durability_years, block.vintage_year,
        block.serial_number_block, block.unit_size_grams, lower(retirement.units) as first_unit,
        upper(retirement.units) - 1 as last_unit, lower(part.grams) - lower(span.grams) as from_gram,
        upper(part.grams) - lower(span.grams) as to_gram, retirement.retired_on, retirement.registry_retirement_id,
        retirement.beneficiary_on_registry, retirement.on_behalf_of_text, retirement.reason, retirement.account_holder,
        coalesce(retirement.public_url, block.unit_registry_link) as unit_registry_link, block.ccp_label,
        block.ccp_label_checked_at, block.corresponding_adjustment_declaration,
        block.corresponding_adjustment_status, retirement.evidence_sha256
    from ops.receipt_credits as part
    join ops.allocations as allocation on allocation.id = part.allocation_id
    join ops.retirements as retirement on retirement.id = allocation.retirement_id
    join ops.credit_blocks as block on block.id = allocation.block_id
    cross join lateral (
        select ops.grams_of_units(retirement.units, block.unit_block_start, block.unit_size_grams) as grams
    ) as span
    where part.receipt_row_id = %s
    order by part.allocation_id, part.grams
"""


@dataclass(frozen=True, slots=True)
class StatedCredit:
    """Half-open grams [from_gram, to_gram) of a retirement; `facts`: the credit as a receipt writes it."""

    retirement: RetireLeaf
    from_gram: int
    to_gram: int
    facts: dict[str, Json]

    @property
    def grams(self) -> int:
        return self.to_gram - self.from_gram

    def allocation(self, receipt_sha256: str) -> AllocLeaf:
        """Its leaf of the log, for a receipt with this hash."""
        return AllocLeaf(self.retirement.leaf_hash.hex(), self.from_gram, self.to_gram, receipt_sha256)


def fix_credits(connection: Connection, receipt_row_id: int) -> None:
    """Say which grams the receipt states: those that back its period now. Once more changes nothing."""
    connection.execute(_FIX, [receipt_row_id])


def stated_credits(connection: Connection, receipt_row_id: int) -> list[StatedCredit]:
    """In the order in which they were allotted. The worker's role: blocks are of no tenant."""
    return [_credit(row) for row in connection.execute(_STATED, [receipt_row_id])]


def names_voided_grams(connection: Connection, receipt_row_id: int) -> bool:
    """Whether grams that the receipt states were invalidated since it was signed."""
    return connection.execute(_NAMES_VOIDED, [receipt_row_id]).fetchone() is not None


def _credit(row: dict[str, Any]) -> StatedCredit:
    retirement = RetireLeaf(
        registry=row["registry"],
        serial=row["serial_number_block"],
        start=row["first_unit"],
        end=row["last_unit"],
        unit_grams=row["unit_size_grams"],
        evidence_sha256=row["evidence_sha256"],
    )
    checked_at = row["ccp_label_checked_at"]
    facts: dict[str, Json] = {
        "registry": row["registry"],
        "projectId": texts.name(row["project_id"]),
        "projectName": texts.name(row["project_name"]),
        "hostCountry": texts.name(row["host_country"]),
        "projectType": texts.name(row["project_type"]),
        "methodology": texts.name(row["methodology"]),
        "methodologyVersion": texts.name_if_known(row["methodology_version"]),
        "mitigationClass": row["mitigation_class"],
        "unitType": row["unit_type"],
        "durabilityYears": row["durability_years"],
        "vintageYear": row["vintage_year"],
        "serialNumberBlock": row["serial_number_block"],
        "unitSizeGrams": str(row["unit_size_grams"]),
        "unitBlockStart": str(row["first_unit"]),
        "unitBlockEnd": str(row["last_unit"]),
        "unitStatus": "Retired",
        "fromGram": str(row["from_gram"]),
        "toGram": str(row["to_gram"]),
        "grams": str(row["to_gram"] - row["from_gram"]),
        "retiredOn": row["retired_on"].isoformat(),
        "registryRetirementId": texts.name(row["registry_retirement_id"]),
        "beneficiary": texts.name(row["beneficiary_on_registry"]),
        "onBehalfOf": texts.name_if_known(row["on_behalf_of_text"]),
        "reason": texts.name_if_known(row["reason"]),
        "accountHolder": texts.name_if_known(row["account_holder"]),
        "unitRegistryLink": texts.name(row["unit_registry_link"]),
        "ccpLabel": texts.name_if_known(row["ccp_label"]),
        "ccpLabelCheckedAt": None if checked_at is None else checked_at.isoformat(),
        "correspondingAdjustmentDeclaration": row["corresponding_adjustment_declaration"],
        "correspondingAdjustmentStatus": row["corresponding_adjustment_status"],
        "evidenceSha256": row["evidence_sha256"],
    }
    return StatedCredit(retirement, row["from_gram"], row["to_gram"], facts)
