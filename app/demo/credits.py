"""The demo's credits: a block that no registry knows, retired by a piece of paper that says so."""

import csv
from pathlib import Path

from app.context import ServerContext
from billing.credits.evidence import EvidenceFolder
from billing.credits.import_file import import_credits

EVIDENCE = "demo-evidence.txt"
_NOT_REAL = (
    "This file stands in for a registry's retirement statement in the demo of CarbonLedger.\n"
    "No credits were bought, and no registry has retired anything.\n"
)
_BLOCK = {
    "registry": "VERRA",
    "serial_number_block": "0001-000001-000020-VCS-VCU-999-VER-US-14-9999-01012024-31122024-0",
    "unit_count": "20",
    "unit_status": "Retired",
    "unit_status_reason": "Test data of the demo",
    "unit_type": "Removal - nature",
    "mitigation_class": "removal",
    "unit_registry_link": "https://example.com/not-a-registry",
    "vintage_year": "2024",
    "project_id": "VCS9999",
    "project_name": "Test project of the demo (no real credits)",
    "host_country": "US",
    "project_type": "Test",
    "methodology": "Test",
    "corresponding_adjustment_declaration": "Unknown",
    "acquired_at": "2026-01-01",
    "cost_cents": "0",
    "currency": "USD",
    "registry_retirement_id": "DEMO-1",
    "retired_on": "2026-01-02",
    "evidence_file": EVIDENCE,
}


def stock_pool(context: ServerContext, folder: Path) -> None:
    """Take the block in as an operator would. The same file again changes nothing."""
    evidence, file = folder / EVIDENCE, folder / "demo-credits.csv"
    evidence.write_text(_NOT_REAL)
    beneficiary = context.settings.credits_beneficiary
    row = _BLOCK | {"beneficiary_on_registry": beneficiary}
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, row)
        writer.writeheader()
        writer.writerow(row)
    import_credits(
        context.database,
        EvidenceFolder(context.settings.home_path),
        file,
        evidence=evidence,
        beneficiary=beneficiary,
        now=context.clock.now(),
    )
