"""Who reads the receipts of a closed period that was laid by SQL: its organization's owner, as Tenant."""

from datetime import datetime

from app.accounts.api_keys import create_api_key
from app.accounts.principal import Principal
from app.accounts.sessions import begin_session
from core.database import Database, fetch_one
from tests.app.tenants import Tenant
from tests.receipts.closed_periods import ClosedPeriod


def owner_of(database: Database, period: ClosedPeriod, *, now: datetime) -> Tenant:
    """With a session and API keys; `project_id` is 0, for usage that was laid as it was sealed has no project."""
    with database.owner() as connection:
        user_id = fetch_one(
            connection, "select user_id from ops.memberships where org_id = %s and role = 'owner'", [period.org_id]
        )["user_id"]
    with database.before_tenant() as connection:
        session = begin_session(connection, user_id=user_id, org_id=period.org_id, now=now)
    owner = Principal(org_id=period.org_id, user_id=user_id, role="owner")
    _, read_key = create_api_key(database, owner, name="read", scopes=["read"], expires_at=None, now=now)
    _, write_key = create_api_key(database, owner, name="all", scopes=["read", "write"], expires_at=None, now=now)
    return Tenant(period.org_id, user_id, 0, session.token, read_key, write_key)


def order_by_hand(database: Database, period: ClosedPeriod, *, serial: str, at: datetime) -> None:
    """As the first step of issuing leaves it: who and what it is for is fixed, and nothing else is there."""
    with database.worker() as connection:
        connection.execute(
            "insert into ops.receipts (receipt_id, serial, org_id, period_id, legal_name, is_test, ordered_at,"
            " next_attempt_at) values (md5(%(serial)s), %(serial)s, %(org)s, %(period)s, 'Ada & Söhne', true, %(at)s,"
            " %(at)s)",
            {"serial": serial, "org": period.org_id, "period": period.period_id, "at": at},
        )
