"""Import a CSV of credits: the whole file is checked first, then all of it is written, or nothing.

CSV -> ImportRow (each problem with its row) -> against each other and the pool -> ops.credit_blocks, and for units that
the registry shows as retired ops.retirements with their evidence. The same file again changes nothing.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import sql

from billing.credits.errors import NotOursError, RefusedFileError, UnusableEvidenceError
from billing.credits.evidence import Evidence, EvidenceFolder, note_evidence, read_evidence
from billing.credits.import_csv import read_rows
from billing.credits.import_row import COLUMNS, ImportRow
from billing.credits.retirements import RetirementFacts, note_retired, refuse_other_beneficiary
from billing.credits.waiting import wake_waiting_periods
from core.database import Connection, Database, advisory_key

_OF_A_RETIREMENT = {
    "unit_status_reason", "registry_retirement_id", "retired_on", "beneficiary_on_registry", "on_behalf_of_text",
    "account_holder", "public_url", "evidence_file",
}  # fmt: skip
_OF_A_BLOCK = [name for name in COLUMNS if name not in _OF_A_RETIREMENT]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: blocks and their units that are new, and rows that were there already."""

    new_blocks: int
    new_units: int
    already_there: int


def import_credits(
    database: Database, folder: EvidenceFolder, path: Path, *, evidence: Path | None, beneficiary: str, now: datetime
) -> Imported:
    """Take the file's blocks into the pool. `evidence` is a file, or the folder of those that `evidence_file` names.

    Raises RefusedFileError with every problem of the file; then nothing was written.
    """
    content = _read(path)
    rows, problems = read_rows(content)
    files, unusable = _evidence_of(rows, evidence, beneficiary=beneficiary)
    problems += unusable
    with database.worker() as connection:
        # One import at a time: what the pool holds may not change between this look and the insert.
        connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("credits-import"))
        new_rows, contradictions = _new_rows(connection, rows)
        problems += contradictions
        if problems:
            raise RefusedFileError(problems)
        sha256 = hashlib.sha256(content).hexdigest()
        for row in new_rows:
            _insert(connection, folder, row, evidence=files.get(row.row), file_sha256=sha256, now=now)
    if new_rows:
        wake_waiting_periods(database, now=now)
    return Imported(len(new_rows), sum(row.unit_count for row in new_rows), len(rows) - len(new_rows))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusedFileError([f"{path} cannot be read: {error.strerror}."]) from error


def _evidence_of(
    rows: Iterable[ImportRow], evidence: Path | None, *, beneficiary: str
) -> tuple[dict[int, tuple[str, bytes]], list[str]]:
    """By row, the name and the bytes of what shows its retirement; and a sentence for each that does not."""
    files: dict[int, tuple[str, bytes]] = {}
    problems = []
    for row in rows:
        if row.evidence_file is None or row.beneficiary_on_registry is None:
            continue
        try:
            refuse_other_beneficiary(row.beneficiary_on_registry, ours=beneficiary)
            files[row.row] = (row.evidence_file, read_evidence(_evidence_path(row.evidence_file, evidence)))
        except (NotOursError, UnusableEvidenceError) as error:
            problems.append(f"row {row.row}: {error.sentence}")
    return files, problems


def _evidence_path(name: str, evidence: Path | None) -> Path:
    """Where the file of this name is; a name only, not a path out of the folder."""
    path = evidence / name if evidence is not None and evidence.is_dir() else evidence
    if path is None or path.name != name:
        raise UnusableEvidenceError(f"evidence_file {name!r} is not what --evidence gives.")
    return path


def _new_rows(connection: Connection, rows: Sequence[ImportRow]) -> tuple[list[ImportRow], list[str]]:
    """The rows whose units the pool does not have, and a sentence for each that contradicts it."""
    new_rows, problems = [], []
    costs = connection.execute("select distinct currency from ops.credit_blocks").fetchone()
    for row in rows:
        serial = row.serial
        if costs is not None and costs["currency"] != row.currency:
            problems.append(f"row {row.row}: currency {row.currency}, the pool's costs are in {costs['currency']}")
        present = connection.execute(
            "select * from ops.credit_blocks where registry = %s and issuance_scope = %s"
            " and int8range(unit_block_start, unit_block_end, '[]') && int8range(%s, %s, '[]') order by id",
            [row.registry, serial.issuance_scope, serial.unit_block_start, serial.unit_block_end],
        ).fetchall()
        if not present:
            new_rows.append(row)
        elif len(present) > 1 or present[0]["serial_number_block"] != row.serial_number_block:
            other = ", ".join(f"{block['id']} ({block['serial_number_block']})" for block in present)
            problems.append(f"row {row.row}: units of {row.serial_number_block} are in the pool already: block {other}")
        else:
            fields = [name for name in _OF_A_BLOCK if present[0][name] != getattr(row, name)]
            if fields:
                problems.append(f"row {row.row}: block {present[0]['id']} is there with another {', '.join(fields)}")
    return new_rows, problems


def _insert(
    connection: Connection,
    folder: EvidenceFolder,
    row: ImportRow,
    *,
    evidence: tuple[str, bytes] | None,
    file_sha256: str,
    now: datetime,
) -> None:
    serial = row.serial
    values: dict[str, Any] = {name: getattr(row, name) for name in _OF_A_BLOCK} | {
        "issuance_scope": serial.issuance_scope,
        "unit_block_start": serial.unit_block_start,
        "unit_block_end": serial.unit_block_end,
        "unit_size_grams": serial.unit_size_grams,
        "imported_from_sha256": file_sha256,
        "imported_at": now,
    }
    statement = sql.SQL("insert into ops.credit_blocks ({}) values ({}) returning id").format(
        sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(sql.Placeholder() * len(values))
    )
    inserted = connection.execute(statement, list(values.values())).fetchone()
    if inserted is not None and evidence is not None:
        name, content = evidence
        kept = folder.keep(content, file_name=name)
        note_evidence(connection, kept, now=now)
        note_retired(connection, inserted["id"], _facts(row, kept), cause="import", now=now)


def _facts(row: ImportRow, evidence: Evidence) -> RetirementFacts:
    """Of a row that has no contradiction and is retired, so the registry's words are there."""
    assert row.registry_retirement_id and row.retired_on and row.beneficiary_on_registry  # noqa: S101, PT018 - see above
    return RetirementFacts(
        units=range(row.serial.unit_block_start, row.serial.unit_block_end + 1),
        registry_retirement_id=row.registry_retirement_id,
        retired_on=row.retired_on,
        beneficiary_on_registry=row.beneficiary_on_registry,
        evidence_sha256=evidence.sha256,
        on_behalf_of_text=row.on_behalf_of_text,
        reason=row.unit_status_reason,
        account_holder=row.account_holder,
        public_url=row.public_url,
    )
