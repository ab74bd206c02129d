"""The pool of credits: a sensor that sees to retirements and the forecast, and an hourly check of the whole ledger."""

from collections.abc import Iterator

import dagster as dg

from billing.credits.invariants import broken_invariants
from billing.credits.tend import is_due, tend_pool
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger

LEDGER = dg.AssetSpec("credits_ledger", description="Blocks of credits, their retirement, and the grams allotted.")


@dg.asset_check(asset=LEDGER.key)
def credits_ledger_is_whole(ledger: Ledger) -> dg.AssetCheckResult:
    """Grams allotted are retired ones and nobody else's; a closed period has what its close stated."""
    with ledger.database.worker() as connection:
        broken = broken_invariants(connection)
    return dg.AssetCheckResult(
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={rule: len(rows) for rule, rows in broken.items()},
    )


@dg.op
def tend_credits(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    with as_dagster_failures(context.retry_number):
        looked_at = tend_pool(ledger.database, ledger.settings, now=ledger.clock.now())
    context.add_output_metadata({"retirements_looked_at": looked_at})


@dg.job
def credits_pool() -> None:
    """Take due retirements one step on; once an hour look whether the stock will last."""
    tend_credits()


@dg.sensor(job=credits_pool, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def credits_clock(ledger: Ledger) -> Iterator[dg.RunRequest]:
    if is_due(ledger.database, now=ledger.clock.now()):
        yield dg.RunRequest()


check_credits = dg.define_asset_job("check_credits", selection=dg.AssetSelection.checks(credits_ledger_is_whole))
check_schedule = dg.ScheduleDefinition(
    name="check_credits",
    job=check_credits,
    cron_schedule="35 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
