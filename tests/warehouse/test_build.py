"""One build at a time; what a build takes; what makes it a full refresh."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.database import Database
from core.errors import InvalidInputError
from tests.warehouse.world import SOME_HOUR, a_tenant, build_now
from warehouse.build import postgres_build
from warehouse.builds import BuildRunningError, build_lock
from warehouse.project import PROJECT_DIR
from warehouse.snapshot import read_manifest, write_snapshot

pytestmark = pytest.mark.database


def builds(database: Database) -> list[dict[str, object]]:
    with database.worker() as connection:
        return connection.execute("select * from ops.builds order by id").fetchall()


def test_a_second_builder_waits_and_then_says_who_is_there(shared_database: Database) -> None:
    with build_lock(shared_database, wait=timedelta(seconds=1)):
        with pytest.raises(BuildRunningError, match="Another build"):
            build_now(shared_database, wait=timedelta(milliseconds=50))
        with pytest.raises(BuildRunningError):
            build_now(shared_database, wait=timedelta(0))


def test_a_builder_that_waits_takes_its_turn(shared_database: Database) -> None:
    with build_lock(shared_database, wait=timedelta(seconds=1)):
        waiting = threading.Thread(target=build_now, args=[shared_database])
        waiting.start()
        before = len(builds(shared_database))
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    assert len(builds(shared_database)) == before + 1


def test_a_build_takes_what_arrived_since_the_last_good_one(shared_database: Database) -> None:
    tenant = a_tenant(shared_database)
    account = tenant.account()
    first = build_now(shared_database)
    for hour in range(3):
        tenant.observe(account, bucket_started_at=SOME_HOUR + timedelta(hours=hour), output_tokens=1)
    second = build_now(shared_database)
    assert second.from_arrival_id == first.through_arrival_id
    assert second.through_arrival_id == max(row["observation_id"] for row in tenant.usage())
    assert not second.is_full_refresh
    last = builds(shared_database)[-1]
    assert (last["state"], last["error"], last["through_arrival_id"]) == ("succeeded", None, second.through_arrival_id)


def test_the_row_of_a_dead_builder_is_closed_and_its_work_redone(shared_database: Database) -> None:
    tenant = a_tenant(shared_database)
    good = build_now(shared_database)
    tenant.observe(tenant.account(), output_tokens=1)
    with shared_database.worker() as connection:
        connection.execute(
            """
            insert into ops.builds (started_at, state, is_full_refresh, from_arrival_id, through_arrival_id,
                factor_version, factor_set_sha256, models_sha256)
            select started_at, 'running', false, through_arrival_id, through_arrival_id + 1000, factor_version,
                factor_set_sha256, models_sha256
            from ops.builds order by id desc limit 1
            """
        )
    outcome = build_now(shared_database)
    assert outcome.from_arrival_id == good.through_arrival_id
    assert len(tenant.usage()) == 1
    dead, last = builds(shared_database)[-2:]
    assert (dead["state"], dead["error"], last["state"]) == ("failed", "the builder died", "succeeded")


@pytest.mark.parametrize("column", ["factor_set_sha256", "models_sha256"])
def test_other_factors_or_models_ask_for_a_full_refresh(shared_database: Database, column: str) -> None:
    build_now(shared_database)
    with shared_database.worker() as connection:
        connection.execute(f"update ops.builds set {column} = 'older'".encode())
    assert build_now(shared_database).is_full_refresh
    assert not build_now(shared_database).is_full_refresh


def test_a_full_refresh_that_failed_is_begun_again(shared_database: Database) -> None:
    build_now(shared_database)
    begun = postgres_build(shared_database, clock=FixedClock(SOME_HOUR), full_refresh=True)
    with pytest.raises(KeyboardInterrupt), begun:
        raise KeyboardInterrupt
    assert (builds(shared_database)[-1]["state"], builds(shared_database)[-1]["error"]) == (
        "failed",
        "the builder was stopped",
    )
    assert build_now(shared_database).is_full_refresh


def test_the_checkout_stays_clean(shared_database: Database) -> None:
    before = {path.name for path in PROJECT_DIR.iterdir()}
    build_now(shared_database)
    assert {path.name for path in PROJECT_DIR.iterdir()} - before == set()


def test_a_snapshot_is_refused_where_something_lies(shared_database: Database, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="not empty"):
        write_snapshot(shared_database, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_two_snapshots_of_the_same_rows_are_the_same_files(shared_database: Database, tmp_path: Path) -> None:
    tenant = a_tenant(shared_database)
    account = tenant.account()
    for days in (0, 40):
        tenant.observe(account, bucket_started_at=SOME_HOUR - timedelta(days=days), output_tokens=1)
    first = write_snapshot(shared_database, tmp_path / "first")
    assert write_snapshot(shared_database, tmp_path / "second") == first == read_manifest(tmp_path / "second")
    months = [file.path for file in first.files if file.table == "raw.usage_observations"]
    assert "raw/usage_observations/2026-10.parquet" in months
    assert "raw/usage_observations/2026-11.parquet" in months


def test_a_snapshot_that_was_cut_is_refused(shared_database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    write_snapshot(shared_database, folder)
    broken = next((folder / "raw").rglob("*.parquet"))
    broken.write_bytes(broken.read_bytes()[:-1])
    output = tmp_path / "ledger.duckdb"
    for snapshot, sentence in ((folder, "not whole"), (tmp_path / "nowhere", "holds no snapshot")):
        with pytest.raises(InvalidInputError, match=sentence):
            build_now(shared_database, target="duckdb", snapshot_dir=snapshot, output=output)
    assert not output.exists()
