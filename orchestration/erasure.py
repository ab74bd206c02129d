"""Organizations whose owners have deleted them: a sensor looks every minute; a run only if one is to be erased."""

from collections.abc import Iterator

import dagster as dg

from core.erasure import erase_due, is_due
from orchestration.failures import as_dagster_failures
from orchestration.resources import Ledger


@dg.op
def erase_deleted(context: dg.OpExecutionContext, ledger: Ledger) -> None:
    with as_dagster_failures(context.retry_number):
        erased = erase_due(ledger.database, ledger.secrets, now=ledger.clock.now())
    context.add_output_metadata({"erased": erased})


@dg.job
def erase_organizations() -> None:
    """Erase people, labels, payloads and secrets of deleted organizations; the ledger stays, without names."""
    erase_deleted()


@dg.sensor(job=erase_organizations, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def deletions(ledger: Ledger) -> Iterator[dg.RunRequest]:
    if is_due(ledger.database, now=ledger.clock.now()):
        yield dg.RunRequest()
