"""The facts of a result's page: figures as people read them, beside the exact ones. No figure is computed here."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.verification.look_up import Verification
from app.verification.words import MARKS, OUTCOMES
from receipts import quantities
from receipts.words import dates
from receipts.words.voids import REASONS


def result_facts(found: Verification) -> dict[str, object]:
    said, status = found.receipt["credentialSubject"], found.record.status
    return {
        "period": dates.period(said["period"]["start"], said["period"]["end"]),
        "emissions": _range(said["emissions"], quantities.mass),
        "exact_micrograms": f"{int(said['emissions']['central']):,}",
        "retired": quantities.grams(int(said["retired"]["grams"])),
        "credits": said["retired"]["credits"],
        "grams": lambda text: quantities.grams(int(text)),
        "tone": _tone(found),
        "reason": None if status.reason_code is None else REASONS[status.reason_code],
        "outcomes": OUTCOMES,
        "marks": MARKS,
        "said": said,
        "tables": _tables(said),
    }


def _tone(found: Verification) -> str:
    if not found.is_valid:
        return "bad"
    return "good" if found.record.status.state == "valid" else "warn"


def _tables(said: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """(heading, rows of name, emissions, energy)."""
    usage, adjustments = said["usage"], said["adjustments"]
    return [
        ("By model", _rows(usage["models"], "model")),
        ("By project", _rows(usage["projects"], "name")),
        ("Adjustments of earlier periods", _rows(adjustments["lines"], "model")),
    ]


def _rows(lines: Sequence[Mapping[str, Any]], name: str) -> list[tuple[str, str, str]]:
    return [
        (
            line[name] or "model not named",
            _central(line["emissions"], quantities.mass),
            _central(line["energy"], quantities.energy),
        )
        for line in lines
    ]


def _central(bounds: Mapping[str, str] | None, write: Any) -> str:
    return "–" if bounds is None else write(int(bounds["central"]))


def _range(bounds: Mapping[str, str], write: Any) -> dict[str, str]:
    return {name: write(int(bounds[name])) for name in ("low", "central", "high")}
