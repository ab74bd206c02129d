"""What Dagster shows: a snapshot of names, so that a job, schedule or check that vanishes is seen in review."""

import dagster as dg
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:.*currently in beta")  # Dagster says it of its own decorators


def test_all_jobs_schedules_and_sensors_are_there(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    assert sorted(job.name for job in repository.get_all_jobs() if not job.name.startswith("__")) == [
        "ask_providers",
        "check_accuracy",
        "check_credits",
        "close_periods",
        "credits_pool",
        "deliver",
        "erase_organizations",
        "hourly",
        "issue_receipts",
        "mend_days",
        "reread_backfill",
        "reread_daily",
        "reread_monthly",
        "reread_weekly",
        "stripe_events",
        "stripe_sweep",
        "sync",
        "tell_of_stale_data",
        "watch_budgets",
    ]
    assert {schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs} == {
        "ask_providers": "5 4 * * *",
        "check_accuracy": "40 * * * *",
        "check_credits": "35 * * * *",
        "hourly_schedule": "10 * * * *",
        "mend_days_schedule": "45 * * * *",
        "reread_backfill": "25 * * * *",
        "reread_daily": "40 2 * * *",
        "reread_monthly": "55 2 1,2 * *",
        "reread_weekly": "50 2 * * 1",
        "tell_of_stale_data_schedule": "55 * * * *",
        "watch_budgets_schedule": "50 * * * *",
    }
    assert sorted(sensor.name for sensor in repository.sensor_defs) == [
        "credits_clock",
        "deletions",
        "outbox",
        "period_clock",
        "receipts_clock",
        "stripe_clock",
        "stripe_inbox",
        "sync_requests",
    ]
