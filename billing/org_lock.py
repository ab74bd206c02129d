"""One at a time brings an organization's mirrors up to date: what was fetched later is never overwritten by earlier.

A session advisory lock, held from before the fetch until after the commit, so that no transaction stays open while
Stripe is asked. Named apart from the ingest lock; whoever takes both takes this one first.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from core.database import Database, advisory_key
from core.errors import TransientError

PATIENCE_SECONDS = 120  # others before us fetch too, each a few calls of at most 30 s


class OrganizationBusyError(TransientError):
    code = "organization-busy"

    def __init__(self) -> None:
        super().__init__("The organization's billing is being brought up to date by somebody else for too long.")


@contextmanager
def org_lock(database: Database, org_id: int) -> Iterator[None]:
    """Waits its turn; raises OrganizationBusyError after PATIENCE_SECONDS. A killed process leaves no lock behind."""
    session = database.session()
    try:
        session.execute(f"set lock_timeout = '{PATIENCE_SECONDS}s'".encode())
        try:
            session.execute("select pg_advisory_lock(%s, %s)", advisory_key("billing-sync", org_id))
        except psycopg.errors.LockNotAvailable:
            raise OrganizationBusyError from None
        yield
    finally:
        session.close()  # the server releases the lock with the session
