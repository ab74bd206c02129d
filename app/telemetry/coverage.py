"""Which hours of each account were read whole, for all accounts of an organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.telemetry.names import read_names
from app.telemetry.time_span import TimeSpan
from core.database import Database
from ingestion.coverage import CoverageSpan, coverage


@dataclass(frozen=True, slots=True)
class AccountCoverage:
    """Of one provider account, named by its connection (the one in use, else the last)."""

    connection_id: int
    connection_label: str
    spans: Sequence[CoverageSpan]


def account_coverage(database: Database, org_id: int, *, span: TimeSpan, now: datetime) -> list[AccountCoverage]:
    """One entry an account, in the order of connecting; its spans fill the whole hours of `span` without a gap."""
    with database.tenant(org_id) as connection:
        connections = read_names(connection).connections
    return [
        AccountCoverage(
            connection_id,
            label,
            coverage(database, org_id=org_id, account_id=account_id, start=span.start, end=span.end, now=now),
        )
        for account_id, (connection_id, label) in sorted(connections.items())
    ]
