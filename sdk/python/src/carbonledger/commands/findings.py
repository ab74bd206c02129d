"""What `carbonledger receipts verify` found, as text for people and as JSON for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carbonledger.commands.exit_codes import ExitCode
from carbonledger.verify.recompute import Difference
from carbonledger.verify.report import Outcome, Report

_MARKS = {"passed": "ok  ", "failed": "FAIL", "not_checked": "-   "}
_VERDICTS = {
    ExitCode.VALID: "VALID",
    ExitCode.NOT_VALID: "NOT VALID",
    ExitCode.NOT_CHECKED: "NOT FULLY CHECKED: nothing was found wrong, but not everything could be looked at",
}


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the issuer says that the receipt still stands."""

    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Findings:
    """`trusted`: where the keys came from. `status`: null: no server was asked. `differences`: null: not asked for."""

    report: Report
    trusted: str
    status: Status | None
    differences: tuple[Difference, ...] | None

    @property
    def exit_code(self) -> ExitCode:
        """Valid: all that was asked for was checked, and held."""
        status = "passed" if self.status is None else self.status.outcome
        is_refuted = not (self.report.is_valid or self.report.is_incomplete)
        if is_refuted or status == "failed" or self.differences:
            return ExitCode.NOT_VALID
        return ExitCode.VALID if self.report.is_valid and status == "passed" else ExitCode.NOT_CHECKED


def as_json(findings: Findings) -> str:
    """One object and a line feed. `receipt` is null unless nothing failed."""
    report = findings.report
    answer = {
        "valid": findings.exit_code is ExitCode.VALID,
        "exitCode": findings.exit_code,
        "sha256": report.sha256,
        "trust": findings.trusted,
        "checks": [{"name": check.name, "outcome": check.outcome, "detail": check.detail} for check in report.checks],
        "status": None
        if findings.status is None
        else {"outcome": findings.status.outcome, "detail": findings.status.detail},
        "differences": None
        if findings.differences is None
        else [
            {"place": each.place, "stated": str(each.stated), "recomputed": str(each.recomputed)}
            for each in findings.differences
        ],
        "receipt": report.receipt if findings.exit_code in (ExitCode.VALID, ExitCode.NOT_CHECKED) else None,
    }
    return json.dumps(answer, ensure_ascii=True, indent=2) + "\n"


def as_text(findings: Findings) -> str:
    """Lines for a terminal; nothing that a file holds can control it."""
    return "".join(_printable(line) + "\n" for line in _lines(findings))


def _lines(findings: Findings) -> Iterator[str]:
    report = findings.report
    if report.receipt is not None and report.outcome("schema") == "passed":
        yield from _facts(report.receipt)
    yield f"SHA-256 {report.sha256}"
    yield f"Keys    {findings.trusted}"
    yield ""
    for check in report.checks:
        yield f"{_MARKS[check.outcome]}  {check.name:<11} {check.detail}"
    if findings.status is not None:
        yield f"{_MARKS[findings.status.outcome]}  {'status':<11} {findings.status.detail}"
    if findings.differences is not None:
        yield from _recomputed(findings.differences)
    yield ""
    yield _VERDICTS[findings.exit_code]


def _facts(receipt: Mapping[str, Any]) -> Iterator[str]:
    subject = receipt["credentialSubject"]
    emissions, period = subject["emissions"], subject["period"]
    yield f"Receipt {subject['serial']} of {receipt['issuer']}" + (" (TEST)" if subject["test"] else "")
    yield f"For     {subject['legalName']}, {period['start']} to {period['end']}"
    yield (
        f"Stated  {emissions['central']} ug CO2e gross (range {emissions['low']} to {emissions['high']}),"
        f" {subject['methodology']['basis']}, method {subject['methodology']['version']}"
    )
    yield f"Retired {subject['retired']['grams']} g of credits, apart from that"


def _recomputed(differences: tuple[Difference, ...]) -> Iterator[str]:
    if not differences:
        yield f"{_MARKS['passed']}  {'recomputed':<11} Every number follows from the usage file, to the digit."
    for each in differences:
        yield (
            f"{_MARKS['failed']}  {'recomputed':<11} {each.place}:"
            f" {each.stated} is stated, {each.recomputed} comes out."
        )


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
