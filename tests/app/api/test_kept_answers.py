"""Answers that are kept: to the byte what is computed anew, and gone with whatever they rest on."""

import httpx
import pytest

from app.api.application import create_api
from app.api.kept_answers import KeptAnswers
from app.context import ServerContext
from tests.app.serving import serving
from tests.app.world import World

BY_PROJECT = "/v1/telemetry/summary?start=2026-11-01&end=2026-12-01&group_by=project,day"

A_BUILD = (
    "insert into ops.builds (started_at, state, is_full_refresh, from_arrival_id, through_arrival_id, factor_version,"
    " factor_set_sha256, models_sha256)"
    " select started_at, '{}', false, 0, through_arrival_id, factor_version, factor_set_sha256, models_sha256"
    " from ops.builds limit 1"
)
CHANGES = (
    b"update ops.projects set name = name || '!'",
    b"update ops.connections set data_through = data_through - interval '1 hour'",
    A_BUILD.format("succeeded").encode(),
    A_BUILD.format("running").encode(),
)


def test_the_answers_asked_for_longest_ago_make_room() -> None:
    kept = KeptAnswers(most_bytes=10)
    kept.keep(b"a", b"1234")
    kept.keep(b"b", b"12345")
    assert kept.get(b"a") == b"1234"
    kept.keep(b"c", b"123")
    assert [kept.get(key) for key in (b"a", b"b", b"c")] == [b"1234", None, b"123"]
    kept.keep(b"a", b"12")
    kept.keep(b"d", b"12345")
    assert [kept.get(key) for key in (b"a", b"c", b"d")] == [b"12", b"123", b"12345"]
    kept.keep(b"e", b"more than ten")
    assert kept.get(b"e") is None


@pytest.mark.database
def test_an_answer_is_kept_until_something_that_it_says_changes(own_built_context: ServerContext, world: World) -> None:
    """The marts are changed here by no build, as nothing does: who computes sees it, and what is kept does not."""
    database = own_built_context.database
    with serving(create_api(own_built_context)) as url, httpx.Client(base_url=url, headers=world.ada.by_key) as ada:

        def usage_rows() -> int:
            return int(ada.get(BY_PROJECT).raise_for_status().json()["totals"]["usage_rows"])

        for change in CHANGES:
            before = usage_rows()
            with database.worker() as connection:
                connection.execute("update marts.fct_daily_projects set usage_rows = usage_rows + 1")
            assert usage_rows() == before
            with database.owner() as connection:
                connection.execute(change)
            assert usage_rows() > before, change
        before = usage_rows()
        with database.worker() as connection:
            connection.execute("update marts.fct_daily_projects set usage_rows = usage_rows + 1")
        assert usage_rows() > before, "while a build runs nothing is kept"
