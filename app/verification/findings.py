"""A check's outcome with a sentence, for answers and pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from carbonledger.verify.report import CheckName, Outcome, Report

from app.verification.words import CHECK_WORDS, RENDITION_WORDS


@dataclass(frozen=True, slots=True)
class Finding:
    name: CheckName | Literal["rendition"]
    title: str
    outcome: Outcome
    detail: str


def findings_of(report: Report) -> list[Finding]:
    """Of a receipt of ours: where something failed, with the library's own words for it."""
    return [
        Finding(
            name=check.name,
            title=CHECK_WORDS[check.name]["title"],
            outcome=check.outcome,
            detail=check.detail if check.outcome == "failed" else CHECK_WORDS[check.name][check.outcome],
        )
        for check in report.checks
    ]


def findings_of_outcomes(outcomes: Mapping[CheckName, Outcome]) -> list[Finding]:
    """Of a file that somebody sent: in our own words alone, for the library's may repeat what is in the file."""
    return [
        Finding(name=name, title=CHECK_WORDS[name]["title"], outcome=outcome, detail=CHECK_WORDS[name][outcome])
        for name, outcome in outcomes.items()
    ]


def rendition_finding(outcome: Outcome) -> Finding:
    return Finding(name="rendition", title=RENDITION_WORDS["title"], outcome=outcome, detail=RENDITION_WORDS[outcome])
