"""One filter, one set of totals: the summary's, and those of all six files."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.exported import measured, rows_of, sums
from tests.app.world import World

pytestmark = pytest.mark.database

DAYS = [f"2026-11-{day:02d}" for day in range(18, 25)] + ["2026-11-20T09:00:00Z", "2026-11-20T09:30:00Z"]
MODELS = ["gpt-5", "zorblax-9", "gpt-image-1", "openai/gpt-5", "claude-sonnet-4-5"]


@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_counted_rows_of_every_file_add_up_to_the_summary(
    built_api: httpx.Client, world: World, data: st.DataObject
) -> None:
    start, end = sorted(data.draw(st.lists(st.sampled_from(sorted(DAYS)), min_size=2, max_size=2, unique=True)))
    projects = [f"proj_{world.ada_search_project}", f"proj_{world.ada.project_id}"]
    connections = [f"conn_{world.ada_openai.connection_id}", f"conn_{world.ada_openrouter.connection_id}"]
    filters = {
        "provider": st.sampled_from(["openai", "anthropic", "openrouter"]),
        "model": st.sampled_from(MODELS),
        "project_id": st.sampled_from(projects),
        "connection_id": st.sampled_from(connections),
    }
    parameters = {"start": start, "end": end} | data.draw(st.fixed_dictionaries({}, optional=filters))

    def asked(path: str) -> httpx.Response:
        return built_api.get(path, params=parameters, headers=world.ada.by_read_key).raise_for_status()

    summary = asked("/v1/telemetry/summary").json()
    expected = (measured(summary["totals"]), measured(summary["left_out"]))
    for table in ("usage", "daily-emissions"):
        for ending in ("csv", "json", "parquet"):
            rows = rows_of(asked(f"/v1/exports/{table}.{ending}").content, ending)
            assert (sums(rows), sums(rows, is_counted=False)) == expected, (table, ending)
