"""An operator brings the registry's evidence of a retirement: it is kept, held against the order, and settles it."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from billing.credits.blocks import lock_block
from billing.credits.errors import NotOrderedError, UnitsDisagreeError
from billing.credits.evidence import EvidenceFolder, note_evidence, read_evidence
from billing.credits.retirements import RetirementFacts, refuse_other_beneficiary, settle_as_retired
from billing.credits.serials import REGISTRIES, parse_serial
from billing.credits.waiting import wake_waiting_periods
from core.database import Database
from core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class RegistryStatement:
    """What the evidence says, in the registry's words. Without a serial number: the units that were ordered."""

    registry_retirement_id: str
    retired_on: date
    beneficiary_on_registry: str
    serial_number_range: str | None = None
    reason: str | None = None
    account_holder: str | None = None
    public_url: str | None = None


def settle_with_evidence(
    database: Database,
    folder: EvidenceFolder,
    retirement_id: int,
    path: Path,
    *,
    statement: RegistryStatement,
    beneficiary: str,
    now: datetime,
) -> range:
    """The units that are retired now. The file is kept whatever comes of it.

    Raises NotOrderedError, NotOursError, UnitsDisagreeError, UnreadableSerialError or UnusableEvidenceError, and
    InvalidInputError for a day that has not come.
    """
    if statement.retired_on > now.date():
        raise InvalidInputError(f"{statement.retired_on} has not come yet, so nothing was retired on it.")
    refuse_other_beneficiary(statement.beneficiary_on_registry, ours=beneficiary)
    kept = folder.keep(read_evidence(path), file_name=path.name)
    with database.worker() as connection:
        row = connection.execute(
            "select block_id, lower(units) as first_unit, upper(units) as behind from ops.retirements where id = %s",
            [retirement_id],
        ).fetchone()
        block = None if row is None else lock_block(connection, row["block_id"])
        if row is None or block is None:
            raise NotOrderedError(retirement_id)
        units = range(row["first_unit"], row["behind"])
        if statement.serial_number_range is not None:
            registry = next(name for name in REGISTRIES if name == block.registry)
            serial = parse_serial(registry, statement.serial_number_range)
            if serial.issuance_scope != block.issuance_scope:
                raise UnitsDisagreeError(f"{serial.raw} is of another issuance than {block.serial_number_block}.")
            units = range(serial.unit_block_start, serial.unit_block_end + 1)
        note_evidence(connection, kept, now=now)
        facts = RetirementFacts(
            units=units,
            registry_retirement_id=statement.registry_retirement_id,
            retired_on=statement.retired_on,
            beneficiary_on_registry=statement.beneficiary_on_registry,
            evidence_sha256=kept.sha256,
            reason=statement.reason,
            account_holder=statement.account_holder,
            public_url=statement.public_url,
        )
        settle_as_retired(connection, retirement_id, facts, now=now)
    wake_waiting_periods(database, now=now)
    return units
