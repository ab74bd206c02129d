"""ops.builds: which arrivals each build took, and the lock that lets one build run at a time.

The lock is a session lock: PostgreSQL lets it go when the builder dies, however it dies. Whoever holds it knows that no
other build runs, so a row still in state `running` is that of a dead builder and is closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import psycopg

from core.database import Connection, Database, advisory_key, fetch_one
from core.errors import TransientError


class BuildRunningError(TransientError):
    """Another build holds the lock."""

    code = "build-running"


@dataclass(frozen=True, slots=True)
class Build:
    """A row of ops.builds: takes the arrivals in (from_arrival_id, through_arrival_id]."""

    id: int
    is_full_refresh: bool
    from_arrival_id: int
    through_arrival_id: int


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What the marts are computed by: if any of it changes, all of them are computed anew."""

    factor_version: str
    factor_set_sha256: str
    models_sha256: str


@contextmanager
def build_lock(database: Database, *, wait: timedelta) -> Iterator[Connection]:
    """A worker session that holds the one build lock; BuildRunningError if it is not free within `wait`."""
    with database.session() as session:
        session.execute(
            "select set_config('lock_timeout', %s, false)", [f"{max(1, int(wait / timedelta(milliseconds=1)))}ms"]
        )
        try:
            session.execute("select pg_advisory_lock(%s, %s)", advisory_key("warehouse-build"))
        except psycopg.errors.LockNotAvailable:
            raise BuildRunningError("Another build of the warehouse is running; try again when it is done.") from None
        session.execute("set lock_timeout = 0")
        yield session


def start_build(session: Connection, *, full_refresh: bool, made_of: MadeOf, now: datetime) -> Build:
    """A new running row, under the build lock. Takes every arrival committed by now.

    It is a full refresh if asked for, if nothing was ever built, if the factor set or the models are not those of the
    last good build, or if the last attempt was a full refresh that did not come to its end.
    """
    with session.transaction():
        session.execute(
            "update ops.builds set state = 'failed', finished_at = %s, error = %s where state = 'running'",
            [now, "the builder died"],
        )
        last_good = session.execute(
            "select through_arrival_id, factor_set_sha256, models_sha256 from ops.builds"
            " where state = 'succeeded' order by id desc limit 1"
        ).fetchone()
        last = session.execute("select state, is_full_refresh from ops.builds order by id desc limit 1").fetchone()
        is_full = (
            full_refresh
            or last_good is None
            or last_good["factor_set_sha256"] != made_of.factor_set_sha256
            or last_good["models_sha256"] != made_of.models_sha256
            or (last is not None and last["state"] == "failed" and last["is_full_refresh"])
        )
        from_arrival_id = 0 if is_full or last_good is None else int(last_good["through_arrival_id"])
        # Arrivals are drawn and committed under this lock, so under it "all that is committed" has no holes.
        session.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("arrivals"))
        row = fetch_one(
            session,
            """
            insert into ops.builds (
                started_at, state, is_full_refresh, from_arrival_id, through_arrival_id, factor_version,
                factor_set_sha256, models_sha256
            )
            select
                %(now)s, 'running', %(is_full)s, %(from)s,
                greatest(
                    %(from)s,
                    (select coalesce(max(observation_id), 0) from raw.usage_observations),
                    (select coalesce(max(arrival_id), 0) from ops.usage_touches),
                    (select coalesce(max(seal_arrival_id), 0) from ops.billing_periods)
                ),
                %(factor_version)s, %(factor_set_sha256)s, %(models_sha256)s
            returning id, is_full_refresh, from_arrival_id, through_arrival_id
            """,
            {"now": now, "is_full": is_full, "from": from_arrival_id, **asdict(made_of)},
        )
    return Build(**row)


def finish_build(session: Connection, build: Build, *, error: str | None, now: datetime) -> None:
    """Close a running row: succeeded, or failed with a sentence."""
    session.execute(
        "update ops.builds set state = %s, finished_at = %s, error = %s where id = %s and state = 'running'",
        ["succeeded" if error is None else "failed", now, error, build.id],
    )


def arrivals_waiting(database: Database) -> bool:
    """Whether a build would take anything: nothing was ever built, or something arrived after the last good build."""
    with database.worker() as connection:
        row = fetch_one(
            connection,
            "select greatest("
            " (select coalesce(max(observation_id), 0) from raw.usage_observations),"
            " (select coalesce(max(arrival_id), 0) from ops.usage_touches),"
            " (select coalesce(max(seal_arrival_id), 0) from ops.billing_periods)"
            ") > coalesce((select max(through_arrival_id) from ops.builds where state = 'succeeded'), -1) as waiting",
        )
    return bool(row["waiting"])
