"""A receipt without its proof: everything that it states, from stored rows.

ops.receipts (serial, ids, legal name) + the period + its sealed rows + its credits -> the document that is signed.
Building it again gives the same bytes, whenever and wherever.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from carbonledger.verify.data_integrity import CONTEXT
from carbonledger.verify.rounding import nearest
from carbonledger.verify.strict_json import Json

from core.database import Connection, fetch_one
from receipts.document import texts
from receipts.document.credits import StatedCredit, stated_credits
from receipts.document.errors import ContradictionError
from receipts.document.sealed_rows import sealed_rows
from receipts.document.sealed_usage import FORMAT, head_lines, row_line
from receipts.document.stated_lines import (
    StatedTotals,
    adjustment_lines,
    counters,
    totals_of,
    usage_lines,
    written,
)
from receipts.document.stored_period import StoredPeriod, read_period
from receipts.document.tallies import Tallies, known
from receipts.keys.issuer import Issuer
from receipts.words.statement import statement

BASIS = "location-based, modelled, not measured"
SCHEMA_PATH = "/schemas/receipt-1.json"
_MICROGRAMS_PER_GRAM = 10**6

_RECEIPT = """
    select
        receipt.serial, receipt.receipt_id, receipt.period_id, receipt.legal_name, receipt.is_test,
        earlier.serial as earlier_serial, earlier.document_sha256 as earlier_sha256
    from ops.receipts as receipt left join ops.receipts as earlier on earlier.id = receipt.supersedes_id
    where receipt.id = %s
"""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """`usage_sha256`: of the sealed usage file, 64 hex digits; the document says it too."""

    document: dict[str, Json]
    usage_sha256: str


@dataclass(frozen=True, slots=True)
class _Usage:
    tallies: Tallies
    sha256: str
    rows: int


def unsigned_document(connection: Connection, receipt_row_id: int, *, issuer: Issuer) -> Unsigned:
    """Of an ordered receipt whose credits are fixed, or of a signed one. The worker's role.

    Raises NotStatedError, MissingFactorsError, and ContradictionError where the rows do not come to what the close
    stated, or the credits not to the grams that it retired.
    """
    receipt = fetch_one(connection, _RECEIPT, [receipt_row_id])
    period = read_period(connection, receipt["period_id"])
    usage = _read_usage(connection, period)
    backing = stated_credits(connection, receipt_row_id)
    _refuse_contradiction(period, usage.tallies, backing)
    subject = _subject(receipt, period, usage, backing)
    document: dict[str, Json] = {
        "@context": list(CONTEXT),
        "id": f"urn:carbonledger:receipt:{receipt['receipt_id']}",
        "type": ["VerifiableCredential", "CarbonReceipt"],
        "issuer": issuer.did,
        "validFrom": texts.instant(period.closed_at),
        "credentialSchema": {"id": f"https://{issuer.host}{SCHEMA_PATH}", "type": "JsonSchema"},
        "credentialSubject": subject,
    }
    return Unsigned(document, usage.sha256)


def _read_usage(connection: Connection, period: StoredPeriod) -> _Usage:
    """One pass over the rows: what they come to, and the hash of the file that they are."""
    digest, tallies, rows = hashlib.sha256(), Tallies(), 0
    for line in head_lines(connection, period.id):
        digest.update(line)
    for row in sealed_rows(connection, period.id):
        digest.update(row_line(row))
        tallies.add(row)
        rows += 1
    return _Usage(tallies, digest.hexdigest(), rows)


def _refuse_contradiction(period: StoredPeriod, tallies: Tallies, backing: list[StatedCredit]) -> None:
    stated = {"low": period.low, "central": period.central, "high": period.high}
    if known(tallies.total.emissions) != stated:
        raise ContradictionError(f"The sealed rows of period {period.id} do not come to what its close stated.")
    if sum(credit.grams for credit in backing) != period.retire_grams:
        raise ContradictionError(f"The credits of period {period.id} do not come to what its close retired.")


def _subject(
    receipt: dict[str, Any], period: StoredPeriod, usage: _Usage, backing: list[StatedCredit]
) -> dict[str, Json]:
    tallies = usage.tallies
    emissions, energy = totals_of(tallies, "emissions"), totals_of(tallies, "energy")
    legal_name = texts.name(receipt["legal_name"])
    span: dict[str, str] = {
        "start": texts.instant(period.starts_at),
        "end": texts.instant(period.ends_at),
        "closedAt": texts.instant(period.closed_at),
    }
    return {
        "schemaVersion": 1,
        "serial": receipt["serial"],
        "receiptId": receipt["receipt_id"],
        "test": receipt["is_test"],
        "supersedes": None
        if receipt["earlier_serial"] is None
        else {"serial": receipt["earlier_serial"], "sha256": receipt["earlier_sha256"]},
        "legalName": legal_name,
        "tier": period.tier,
        "period": dict(span),
        "methodology": {
            "version": period.factor_version,
            "factorSetSha256": period.factor_set_sha256,
            "basis": BASIS,
        },
        "emissions": {"unit": "ug CO2e", **written(emissions.total)},
        "energy": {"unit": "uWh", **written(energy.total)},
        "usage": {
            "emissions": written(emissions.usage),
            "energy": written(energy.usage),
            **counters(tallies.usage),
            **usage_lines(tallies, emissions, energy),
        },
        "adjustments": {
            "emissions": written(emissions.adjustments),
            "energy": written(energy.adjustments),
            "lines": adjustment_lines(tallies, emissions, energy),
        },
        "coverage": {
            "knownHours": period.known_hours,
            "missingHours": period.missing_hours,
            "holes": [
                {"start": texts.instant(hole.lower), "end": texts.instant(hole.upper)}
                for hole in period.holes
                if hole.lower is not None and hole.upper is not None
            ],
        },
        "retired": _retired(period, emissions, backing),
        "sealedUsage": {"format": FORMAT, "sha256": usage.sha256, "rows": str(usage.rows)},
        "statement": statement(
            legal_name=legal_name,
            period=span,
            methodology_version=period.factor_version,
            emissions={bound: str(amount) for bound, amount in emissions.total.items()},
            credits=[credit.facts for credit in backing],
        ),
    }


def _retired(period: StoredPeriod, emissions: StatedTotals, backing: list[StatedCredit]) -> dict[str, Json]:
    """Of the printed numbers it holds to the digit: central - carry in = grams * 10^6 - carry out + not covered."""
    carry_in = nearest(period.carry_in)
    left = period.retire_grams * _MICROGRAMS_PER_GRAM - emissions.total["central"] + carry_in
    return {
        "basis": "central",
        "grams": str(period.retire_grams),
        "coverageLimitGrams": str(period.coverage_grams),
        "carryInMicrograms": str(carry_in),
        "carryOutMicrograms": str(max(0, left)),
        "notCoveredMicrograms": str(max(0, -left)),
        "credits": [credit.facts for credit in backing],
    }
