"""Once an hour, after its build: owners are told of budgets that are reached, about to be passed, or passed."""

import dagster as dg

from budgets.alerts import tell_of_budgets
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger


@dg.op
def tell_owners_of_budgets(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    with as_dagster_failures(context.retry_number):
        told = tell_of_budgets(ledger.database, public_url=ledger.settings.public_url, now=ledger.clock.now())
    context.add_output_metadata({"told_of": told})


@dg.job
def watch_budgets() -> None:
    """Tell owners, once a month and kind, of CO2e budgets by what the last build has seen."""
    tell_owners_of_budgets()


schedule = dg.ScheduleDefinition(
    job=watch_budgets,
    cron_schedule="50 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
