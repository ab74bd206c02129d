"""`carbonledger-server log …`: what operators ask of the transparency log."""

import json
from dataclasses import asdict

from core.database import Database, database_urls
from core.settings import Settings
from receipts.log.audit import Audit, audit


def audit_log(settings: Settings) -> Audit:
    """The whole log, from its entries, against the ledger."""
    with Database(database_urls(settings), pool_size=2) as database:
        return audit(database)


def as_text(found: Audit) -> str:
    """A line for each finding, then what was looked at."""
    seen = f"{found.leaves:,} leaves, {found.checkpoints:,} checkpoints, {found.receipts:,} receipts"
    count = len(found.findings)
    verdict = "nothing is wrong" if found.is_whole else f"{count:,} finding{'s' if count > 1 else ''}"
    return "\n".join([*(finding.line for finding in found.findings), f"{seen}: {verdict}"])


def as_json(found: Audit) -> str:
    """The same for programs."""
    return json.dumps({"is_whole": found.is_whole, **asdict(found)}, indent=2)
