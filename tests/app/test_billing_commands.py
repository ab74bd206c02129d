"""What operators decide of billing on the command line, and what the worker does by itself."""

import pytest

from app.commands.billing import lift_hold, retry_event
from app.context import ServerContext
from app.worker import Worker
from core.database import Database
from core.errors import InvalidInputError, NotFoundError
from core.settings import Settings
from tests.app.tenants import Tenant, a_tenant
from tests.conftest import NOON

pytestmark = pytest.mark.database


@pytest.fixture
def ada(database: Database) -> Tenant:
    return a_tenant(database, "Ada", now=NOON)


@pytest.fixture
def operator(settings: Settings, database_url: str) -> Settings:
    return Settings(home=settings.home, database_url=database_url, _env_file=None)


def test_a_hold_is_lifted_once_and_that_is_on_record(operator: Settings, database: Database, ada: Tenant) -> None:
    with database.worker() as connection:
        connection.execute(
            "insert into ops.billing_accounts (org_id, stripe_customer_id, held_at, hold_reason, created_at)"
            " values (%s, 'cus_1', now(), 'refund:in_1', now())",
            [ada.org_id],
        )
    organization = f"org_{ada.org_id}"
    assert lift_hold(operator, organization) == f"{organization} is not on hold any more"
    assert lift_hold(operator, organization) == f"{organization} is not on hold"
    with database.worker() as connection:
        account = connection.execute("select held_at, hold_reason from ops.billing_accounts").fetchall()
        log = connection.execute(
            "select actor, subject from ops.audit_log where act = 'billing.hold-lifted'"
        ).fetchall()
    assert account == [{"held_at": None, "hold_reason": None}]
    assert log == [{"actor": "operator", "subject": organization}]


def test_what_is_no_organization_is_said(operator: Settings) -> None:
    with pytest.raises(InvalidInputError):
        lift_hold(operator, "12")


def test_a_dead_event_is_put_back_with_all_its_attempts(operator: Settings, database: Database) -> None:
    with database.worker() as connection:
        connection.execute(
            "insert into ops.stripe_events (event_id, event_type, is_livemode, body, came_by, received_at, state,"
            " attempts, next_attempt_at, finished_at) values ('evt_1', 'invoice.paid', false, '', 'webhook', now(),"
            " 'dead', 8, now(), now())"
        )
    assert retry_event(operator, "evt_1") == "evt_1 is carried out again"
    with database.worker() as connection:
        rows = connection.execute("select state, attempts, finished_at from ops.stripe_events").fetchall()
    assert rows == [{"state": "pending", "attempts": 0, "finished_at": None}]
    with pytest.raises(NotFoundError):  # it is not dead any more
        retry_event(operator, "evt_1")


def test_without_a_stripe_key_the_worker_has_nothing_to_bill(context: ServerContext) -> None:
    assert Worker(context).bill() is False
