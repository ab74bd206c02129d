"""Receipts for printing: one like most, and those that are hard on paper. Signed and logged, so each of them verifies.

python -m tests.receipts.pdf.receipts_to_print docs/images      # print the one like most, as docs/images shows it
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from receipts.pdf.render import render
from receipts.words.statement import statement
from tests.receipts.sample_usage import bounds
from tests.receipts.samples import Sample, sample_document, sample_receipt

VERIFY_URL = "https://receipts.carbonledger.example/verify/{serial}?id={receiptId}"
MICRO = 10**6
MODELS = (
    ("anthropic", "claude-sonnet-4-5", "L", 8_123_456_789),
    ("openai", "gpt-5-mini", "M", 2_987_654_321),
    ("openai", "gpt-5.1", "L", 1_834_567_890),
    ("anthropic", "claude-haiku-4-5", "M", 423_456_789),
    ("openrouter", "deepseek/deepseek-chat-v3.1", "OM", 88_123_456),
    ("openrouter", None, "UNK", 1_234_567),
)
PROJECTS = (("Customer support", 46), ("Code assistant", 37), ("Search and ranking", 14), ("Not in a project", 3))

Model = tuple[str, str | None, str, int]


def printed(sample: Sample) -> bytes:
    """The PDF of a sample."""
    subject = sample.document["credentialSubject"]
    return render(sample.receipt, sample.proof, verify_url=VERIFY_URL.format(**subject))


def receipt_like_most(**changes: Any) -> Sample:
    """Six models, four projects, an adjustment, a hole, one credit. `changes` as for `receipt_of`."""
    return receipt_of(**changes)


def receipt_of(
    *,
    models: Sequence[Model] = MODELS,
    projects: Sequence[tuple[str, int]] = PROJECTS,
    adjusted: int = 45_678_901,
    **changes: Any,
) -> Sample:
    """A valid receipt of models with these micrograms, shared out to projects by weight, and of one adjustment."""
    parts = [_entry(micrograms) for *_, micrograms in models]
    usage = _added_up(parts)
    lines = [
        {"provider": provider, "model": model, "modelClass": model_class, **part}
        for (provider, model, model_class, _), part in zip(models, parts, strict=True)
    ]
    shares = _shared_out(usage, [weight for _, weight in projects])
    named = [{"name": name, **share} for (name, _), share in zip(projects, shares, strict=True)]
    late = _entry(adjusted)
    total = _added_up([usage, late])
    old = sample_document()["credentialSubject"]
    origin = {
        "originStart": "2026-09-01T00:00:00Z",
        "originEnd": "2026-10-01T00:00:00Z",
        "methodologyVersion": "2026.1",
    }
    adjustment = {**origin, "provider": "openai", "model": "gpt-5.1", "modelClass": "L", **late}
    facts: dict[str, Any] = {
        **old,
        "legalName": "Meridian Analytics GmbH",
        "emissions": {"unit": "ug CO2e", **total["emissions"]},
        "energy": {"unit": "uWh", **total["energy"]},
        "usage": {**usage, "models": lines, "projects": named},
        "adjustments": {
            "emissions": late["emissions"],
            "energy": late["energy"],
            "lines": [adjustment] if adjusted else [],
        },
        "coverage": {
            "knownHours": 738,
            "missingHours": 6,
            "holes": [{"start": "2026-10-17T03:00:00Z", "end": "2026-10-17T09:00:00Z"}],
        },
        "retired": _retired(old["retired"], int(total["emissions"]["central"])),
    }
    facts |= changes
    facts["statement"] = statement(
        legal_name=facts["legalName"],
        period=facts["period"],
        methodology_version=facts["methodology"]["version"],
        emissions=facts["emissions"],
        credits=facts["retired"]["credits"],
    )
    return sample_receipt(**facts)


def _entry(micrograms: int) -> dict[str, Any]:
    """A line of so much, with energy and tokens in keeping with it; writes of an hour are not known."""
    scale = abs(micrograms) // 4321
    tokens = [scale, scale * 40 + 7 * (scale > 0), scale * 2, None, scale // 2]
    counters = ("uncachedInput", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output")
    return {
        "emissions": bounds(str(micrograms * 19 // 100), str(micrograms), str(micrograms * 73 // 10)),
        "energy": bounds(str(micrograms * 5 // 10), str(micrograms * 24 // 10), str(micrograms * 163 // 10)),
        "tokens": {
            name: None if number is None else str(number) for name, number in zip(counters, tokens, strict=True)
        },
        "requests": str(abs(micrograms) // 987_654),
    }


def _added_up(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def total(*path: str) -> str | None:
        known = [value for entry in entries if (value := _at(entry, path)) is not None]
        return str(sum(map(int, known))) if known else None

    empty = _entry(0)
    return {part: {name: total(part, name) for name in empty[part]} for part in ("emissions", "energy", "tokens")} | {
        "requests": total("requests")
    }


def _shared_out(whole: dict[str, Any], weights: Sequence[int]) -> list[dict[str, Any]]:
    """Shares of each number by weight, rounded down; the last has what is left."""

    def share(path: tuple[str, ...], place: int) -> str | None:
        value = _at(whole, path)
        if value is None:
            return None
        parts = [int(value) * weight // sum(weights) for weight in weights[:-1]]
        return str([*parts, int(value) - sum(parts)][place])

    return [
        {part: {name: share((part, name), place) for name in whole[part]} for part in ("emissions", "energy", "tokens")}
        | {"requests": share(("requests",), place)}
        for place in range(len(weights))
    ]


def _at(entry: dict[str, Any], path: tuple[str, ...]) -> str | None:
    value: Any = entry
    for name in path:
        value = value[name]
    return None if value is None else str(value)


def _retired(old: dict[str, Any], central: int) -> dict[str, Any]:
    """Whole grams, rounded up, of the sample's retirement."""
    need = central - 734_512
    grams = max(0, -(-need // MICRO))
    credit = {**old["credits"][0], "fromGram": "51200000", "toGram": str(51_200_000 + grams), "grams": str(grams)}
    return {
        "basis": "central",
        "grams": str(grams),
        "coverageLimitGrams": "5000000",
        "carryInMicrograms": "734512",
        "carryOutMicrograms": str(grams * MICRO - need),
        "notCoveredMicrograms": "0",
        "credits": [{**credit, "unitBlockEnd": "513004556"}] if grams else [],
    }


def picture(folder: Path) -> None:
    """Draw the pages of the receipt like most into `receipt-1.png` and so on, each below 300 kB."""
    with TemporaryDirectory() as temporary:
        pdf = Path(temporary) / "receipt.pdf"
        pdf.write_bytes(printed(receipt_like_most()))
        subprocess.run(["pdftoppm", "-r", "100", "-png", pdf, folder / "receipt"], check=True)


if __name__ == "__main__":
    picture(Path(sys.argv[1]))
