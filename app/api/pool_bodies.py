"""The body of /pool.json: grams and units as whole numbers."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.pool.public_pool import CheckName, PublicPool


class _Body(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PublicRetirementBody(_Body):
    first_unit: int
    last_unit: int = Field(description="Included.")
    retired_on: date
    registry_retirement_id: str
    public_url: str | None
    evidence_sha256: str


class PublicBlockBody(_Body):
    registry: str
    serial_number_block: str = Field(description="As the registry writes it.")
    project_id: str
    project_name: str
    host_country: str
    project_type: str
    methodology: str
    mitigation_class: Literal["avoidance", "reduction", "removal"]
    unit_type: str
    vintage_year: int
    registry_link: str
    unit_size_grams: int
    total_units: int
    unretired_units: int
    retired_units: int = Field(description="Retired, and not invalidated since.")
    invalidated_units: int
    total_grams: int
    retired_grams: int
    allotted_grams: int = Field(description="That back billing periods, whether their receipts are issued or not yet.")
    free_grams: int = Field(description="Retired and not allotted.")
    shared_grams: int = Field(description="Allotted twice: 0, or the ledger is broken.")
    receipts: int = Field(description="That stand and state grams of this block, by the ledger.")
    receipt_grams: int
    logged_receipts: int = Field(description="The same, by the entries of the public log.")
    logged_grams: int
    retirements: list[PublicRetirementBody]


class SumCheckBody(_Body):
    name: CheckName
    sentence: str
    holds: bool
    broken: list[str] = Field(description="Serial numbers of the blocks of which it does not hold.")


class PoolTotalsBody(_Body):
    total_grams: int
    retired_grams: int
    allotted_grams: int
    free_grams: int
    receipt_grams: int
    logged_grams: int


class PublicPoolBody(_Body):
    as_of: datetime
    test: bool | None = Field(description="The issuer's receipts are tests; null: nothing was signed yet.")
    log_origin: str | None
    log_size: int = Field(description="Leaves of the log that were counted.")
    totals: PoolTotalsBody
    checks: list[SumCheckBody]
    blocks: list[PublicBlockBody]

    @classmethod
    def of(cls, pool: PublicPool) -> Self:
        return cls(
            as_of=pool.as_of,
            test=None if pool.issuer is None else pool.issuer.is_test,
            log_origin=None if pool.issuer is None else pool.issuer.log_origin,
            log_size=pool.log_size,
            totals=PoolTotalsBody.model_validate(pool.totals),
            checks=[SumCheckBody.model_validate(check) for check in pool.checks],
            blocks=[PublicBlockBody.model_validate(block) for block in pool.blocks],
        )
