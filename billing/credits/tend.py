"""The pool's regular work, for the worker and for Dagster: drive retirements, give periods fresh grams for what they
lost, and look ahead once an hour.
"""

from datetime import datetime, timedelta

from billing.credits.backends import retirement_backends
from billing.credits.evidence import EvidenceFolder
from billing.credits.refill import refill_due
from billing.credits.retire import retire_due
from billing.credits.stock import warn_of_low_stock
from core.database import Database
from core.settings import Settings

_CURSOR = "stock-forecast"
_LOOK_AHEAD_EVERY = timedelta(hours=1)


def tend_pool(database: Database, settings: Settings, *, now: datetime) -> int:
    """How many retirements and periods were looked at. Safe beside itself: each is claimed, the hour is too."""
    folder = EvidenceFolder(settings.home_path)
    looked_at = 0
    for backend in retirement_backends(settings):
        done = retire_due(database, backend, folder, beneficiary=settings.credits_beneficiary, now=now)
        looked_at += sum(done.outcomes.values())
    looked_at += refill_due(database, policy=settings.credits_policy, now=now)
    _look_ahead(database, now=now)
    return looked_at


def is_due(database: Database, *, now: datetime) -> bool:
    """Whether `tend_pool` would find something to do."""
    with database.worker() as connection:
        row = connection.execute(
            "select 1 where exists (select from ops.retirements where state = 'ordered' and next_attempt_at <= %(now)s)"
            " or exists (select from ops.credit_refills where next_attempt_at <= %(now)s)"
            " or not exists (select from ops.sync_cursors where name = %(cursor)s and reached_at > %(before)s)",
            {"now": now, "cursor": _CURSOR, "before": now - _LOOK_AHEAD_EVERY},
        ).fetchone()
    return row is not None


def _look_ahead(database: Database, *, now: datetime) -> None:
    with database.worker() as connection:
        claimed = connection.execute(
            "insert into ops.sync_cursors as reached (name, reached_at) values (%(cursor)s, %(now)s)"
            " on conflict (name) do update set reached_at = excluded.reached_at"
            " where reached.reached_at <= %(before)s returning name",
            {"now": now, "cursor": _CURSOR, "before": now - _LOOK_AHEAD_EVERY},
        ).fetchone()
        if claimed is not None:
            warn_of_low_stock(connection, now=now)
