"""Organizations for tests: signed up through the product's own functions, with a session and API keys."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from app.accounts.api_keys import create_api_key
from app.accounts.principal import SESSION_COOKIE, Principal
from app.accounts.sign_up import sign_up
from core.database import Database, fetch_one

PUBLIC_URL = "http://carbonledger.test"
PASSWORD = SecretStr("correct horse battery staple")


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization, its owner's session token, and two API keys."""

    org_id: int
    user_id: int
    project_id: int
    session_token: str
    read_key: str
    write_key: str

    @property
    def by_key(self) -> dict[str, str]:
        """Headers of a program with both scopes."""
        return {"Authorization": f"Bearer {self.write_key}"}

    @property
    def by_read_key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.read_key}"}

    @property
    def by_cookie(self) -> dict[str, str]:
        """Headers of the dashboard's page in the owner's browser."""
        return {"Cookie": f"{SESSION_COOKIE}={self.session_token}", "Origin": PUBLIC_URL}


def a_tenant(database: Database, name: str, *, now: datetime) -> Tenant:
    session = sign_up(
        database,
        email=f"{name.lower()}@example.com",
        password=PASSWORD,
        organization=name,
        address="127.0.0.1",
        memory_mib=8,
        now=now,
    )
    owner = Principal(org_id=session.org_id, user_id=session.user_id, role="owner")
    _, read_key = create_api_key(database, owner, name="read", scopes=["read"], expires_at=None, now=now)
    _, write_key = create_api_key(database, owner, name="all", scopes=["read", "write"], expires_at=None, now=now)
    with database.tenant(session.org_id) as connection:
        project_id = fetch_one(connection, "select id from ops.projects where is_default")["id"]
    return Tenant(session.org_id, session.user_id, project_id, session.token, read_key, write_key)
