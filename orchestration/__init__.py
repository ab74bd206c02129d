"""Dagster definitions only: assets, checks, schedules, sensors, resources. The work itself lives elsewhere."""
