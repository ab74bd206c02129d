"""Accuracy: once a day every provider is asked for the totals of whole days, and the built numbers are held to them."""

from collections import Counter

import dagster as dg

from ingestion.provider_totals import TotalsSummary, ask_for_totals, closed_days
from ingestion.rereads import DifferingDay, reread_differing
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger
from warehouse import costs
from warehouse.accuracy import differing_days, over_days, promised_days, read_accuracy

TOTALS = dg.AssetKey(["raw", "provider_totals"])


@dg.asset(key=TOTALS, group_name="ingestion", kinds={"python", "postgres"})
def provider_totals(context: dg.AssetExecutionContext, ledger: Ledger) -> dg.MaterializeResult[None]:
    """What providers say of closed days, without grouping; the hourly build that follows holds our sums to it."""
    with as_dagster_failures(context.retry_number):
        summary = ask_for_totals(ledger.database, ledger.providers, ledger.secrets, ledger.clock)
    return dg.MaterializeResult(metadata=_metadata(summary))


@dg.asset_check(asset=TOTALS)
def closed_days_equal_the_providers(ledger: Ledger) -> dg.AssetCheckResult:
    """Each of the last eight closed days is counted as its provider counts it. An error beyond what users are promised:
    15 % over seven days; a warning before that.
    """
    since = closed_days(ledger.clock.now()).start.date()
    with ledger.database.worker() as connection:
        days = read_accuracy(connection, since=since)
    differing = [day for day in days if not day.is_equal]
    accounts = {day.account_id for day in days}
    promises = [over_days(promised_days(day for day in days if day.account_id == account)) for account in accounts]
    beyond = sum(not promise.is_within_tolerance for promise in promises)
    return dg.AssetCheckResult(
        passed=not differing,
        severity=dg.AssetCheckSeverity.ERROR if beyond else dg.AssetCheckSeverity.WARN,
        metadata={
            "days_compared": len(days),
            "days_that_differ": len(differing),
            "accounts_that_differ": len({day.account_id for day in differing}),
            "accounts_beyond_the_promise": beyond,
        },
    )


@dg.asset_check(asset=TOTALS)
def costs_are_near_the_providers(ledger: Ledger) -> dg.AssetCheckResult:
    """List prices are within the tolerance of what providers bill. Information: never more than a warning."""
    since = closed_days(ledger.clock.now()).start.date()
    with ledger.database.worker() as connection:
        days = costs.read_costs(connection, since=since)
    accounts = {day.account_id for day in days}
    states: Counter[str] = Counter(
        costs.over_days(costs.promised_days(day for day in days if day.account_id == account)).state
        for account in accounts
    )
    return dg.AssetCheckResult(
        passed=not states["beyond"],
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "tolerance_percent": str(costs.TOLERANCE * 100),
            **{f"accounts_{state}": states[state] for state in ("within", "beyond", "incomplete", "unknown")},
        },
    )


@dg.op
def reread_differing_days(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    now = ledger.clock.now()
    with as_dagster_failures(context.retry_number):
        with ledger.database.worker() as connection:
            found = differing_days(connection, since=closed_days(now).start.date())
        days = [DifferingDay(each.account_id, each.usage_date, each.asked_at) for each in found]
        context.add_output_metadata({"days": reread_differing(ledger.database, days, now=now)})


@dg.job
def mend_days() -> None:
    """Have days read again that differ from what their provider says of them, once an answer."""
    reread_differing_days()


mend_schedule = dg.ScheduleDefinition(
    job=mend_days, cron_schedule="45 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)

ask_providers = dg.define_asset_job(
    "ask_providers", selection=dg.AssetSelection.assets(TOTALS).without_checks(), description="Totals of closed days."
)
# After the daily re-read, and before the hour's build.
ask_schedule = dg.ScheduleDefinition(
    name="ask_providers",
    job=ask_providers,
    cron_schedule="5 4 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
check_accuracy = dg.define_asset_job(
    "check_accuracy",
    selection=dg.AssetSelection.checks(closed_days_equal_the_providers, costs_are_near_the_providers),
)
check_schedule = dg.ScheduleDefinition(
    name="check_accuracy",
    job=check_accuracy,
    cron_schedule="40 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


def _metadata(summary: TotalsSummary) -> dict[str, dg.MetadataValue]:
    """Counts only: nothing of a tenant."""
    return {
        "accounts_asked": dg.MetadataValue.int(summary.accounts_asked),
        "accounts_failed": dg.MetadataValue.int(summary.accounts_failed),
        "days": dg.MetadataValue.int(summary.days),
        "error_codes": dg.MetadataValue.text(", ".join(summary.error_codes) or "none"),
        "days_with_costs": dg.MetadataValue.int(summary.cost_days),
        "error_codes_of_costs": dg.MetadataValue.text(", ".join(summary.cost_error_codes) or "none"),
    }
