"""Audit the log: replay it from its entries, and hold what it says against the ledger's tables."""

from dataclasses import dataclass

from core.database import Connection, Database
from receipts.keys.issuer import issuer_of
from receipts.log.audit_ledger import compare_with_ledger
from receipts.log.findings import Finding
from receipts.log.replay import LogReplay


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at, and what is wrong with it; nothing, if the log is whole."""

    leaves: int
    checkpoints: int
    receipts: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        return not self.findings


def audit(database: Database) -> Audit:
    """All of it is read as of one moment."""
    with database.worker() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        return audit_snapshot(connection)


def audit_snapshot(connection: Connection) -> Audit:
    """As the given transaction sees it; one that sees all tenants."""
    issuer = issuer_of(connection)
    origin = None if issuer is None else issuer.log_origin
    replay = LogReplay(connection, origin=origin)
    findings = [*replay.run(), *compare_with_ledger(connection, replay.facts, origin=origin)]
    receipts = sum(story.index is not None for story in replay.facts.receipts.values())
    return Audit(replay.size, replay.checkpoint_count, receipts, tuple(findings))
