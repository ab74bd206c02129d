"""Operators are made on the command line, and by nothing else."""

import pytest

from app.accounts.operators import is_operator
from app.accounts.principal import Principal
from app.commands.operators import grant, listed, revoke
from core.database import Database
from core.errors import NotFoundError
from core.settings import Settings
from tests.app.tenants import Tenant, a_tenant
from tests.conftest import NOON

pytestmark = pytest.mark.database


@pytest.fixture
def operator(settings: Settings, database_url: str) -> Settings:
    return Settings(home=settings.home, database_url=database_url, _env_file=None)


@pytest.fixture
def ada(database: Database) -> Tenant:
    return a_tenant(database, "Ada", now=NOON)


def email_of(database: Database, tenant: Tenant) -> str:
    with database.owner() as connection:
        row = connection.execute("select email from ops.users where id = %s", [tenant.user_id]).fetchone()
    assert row
    return str(row["email"])


def test_a_person_is_made_an_operator_and_back(operator: Settings, database: Database, ada: Tenant) -> None:
    person = Principal(org_id=ada.org_id, user_id=ada.user_id, role="viewer")
    email = email_of(database, ada)
    assert not is_operator(database, person)
    assert listed(operator) == "There are no operators."
    assert grant(operator, email.upper()) == f"{email.upper()} is an operator"
    assert grant(operator, email) == f"{email} is an operator already"
    assert is_operator(database, person)
    assert listed(operator) == email
    assert revoke(operator, email) == f"{email} is no operator any more"
    assert revoke(operator, email) == f"{email} is no operator"
    assert not is_operator(database, person)


def test_an_address_that_nobody_has_is_nobody(operator: Settings, ada: Tenant) -> None:
    with pytest.raises(NotFoundError):
        grant(operator, "mallory@example.com")
    assert listed(operator) == "There are no operators."


def test_a_key_is_never_an_operator(operator: Settings, database: Database, ada: Tenant) -> None:
    grant(operator, email_of(database, ada))
    assert not is_operator(database, Principal(org_id=ada.org_id, api_key_id=1, scopes=frozenset({"read"})))
