"""Checks of what was polled. Conservation and "a factor for every row" are dbt tests, shown as checks of the models."""

from datetime import timedelta

import dagster as dg

from ingestion.gaps import gaps
from ingestion.staleness import STALE_AFTER
from orchestration.assets.usage import USAGE
from orchestration.resources import Ledger

TRAILING = timedelta(hours=48)


@dg.asset_check(asset=USAGE)
def coverage(ledger: Ledger) -> dg.AssetCheckResult:
    """No hour of the last 48 is missing from an account whose key works; a broken key is a warning for its owner."""
    found = gaps(ledger.database, trailing=TRAILING, now=ledger.clock.now())
    of_working_keys = [gap for gap in found if gap.status == "active"]
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR if of_working_keys else dg.AssetCheckSeverity.WARN,
        metadata={
            "accounts_with_missing_hours": len(found),
            "of_working_keys": len(of_working_keys),
            "missing_hours": sum(gap.missing_hours for gap in found),
        },
    )


freshness = dg.build_last_update_freshness_checks(
    assets=[USAGE], lower_bound_delta=STALE_AFTER, severity=dg.AssetCheckSeverity.ERROR
)

checks = [coverage, *freshness]
