"""Is the product at work: the database answers, polls come in, builds follow. Ages only; no tenant's data."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import psycopg

from core.database import Database, fetch_one
from core.errors import DatabaseUnavailableError

State = Literal["ok", "warn", "fail"]

# Polls and builds are hourly, at minute 10: one may be late, two in a row may not.
WARN_AFTER = timedelta(minutes=90)
FAIL_AFTER = timedelta(minutes=180)

_WORST: tuple[State, ...] = ("fail", "warn", "ok")


@dataclass(frozen=True, slots=True)
class Component:
    status: State
    detail: str
    age_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    database: Component
    warehouse: Component
    polling: Component

    @property
    def status(self) -> State:
        found = {self.database.status, self.warehouse.status, self.polling.status}
        return next(state for state in _WORST if state in found)


def health(database: Database, *, now: datetime) -> Health:
    """The state of each component; raises nothing: a database that does not answer is a state too."""
    try:
        with database.session() as connection:  # not a pool's, which waits before it says that nobody answers
            seen = fetch_one(connection, "select * from ops.activity()")
    except (DatabaseUnavailableError, psycopg.OperationalError):  # anybody may read this: no host, no reason
        unknown = Component("fail", "Unknown while the database does not answer.")
        gone = Component("fail", "The database does not answer.")
        return Health(database=gone, warehouse=unknown, polling=unknown)
    return Health(
        database=Component("ok", "The database answers."),
        warehouse=_age("build", seen["last_build_at"], waiting_since=seen["first_arrival_at"], now=now),
        polling=_age("poll", seen["last_poll_at"], waiting_since=seen["first_connection_at"], now=now),
    )


def _age(what: str, last: datetime | None, *, waiting_since: datetime | None, now: datetime) -> Component:
    """`waiting_since`: since when there has been something to do; None: nothing to do, and no age is too old. What was
    done before that, for connections that are gone, is not what is late.
    """
    if waiting_since is None:
        return Component("ok", f"Nothing to {what} yet." if last is None else f"Nothing left to {what}.")
    age = now - max(last or waiting_since, waiting_since)
    status: State = "fail" if age > FAIL_AFTER else "warn" if age > WARN_AFTER else "ok"
    seconds = int((now - (last or waiting_since)).total_seconds())
    minutes = seconds // 60
    detail = (
        f"The last {what} was {minutes} minutes ago." if last else f"The first {what} is due for {minutes} minutes."
    )
    return Component(status, detail, None if last is None else seconds)
