"""An organization whose usage can be mapped, and the calls that map it, as a program makes them."""

from dataclasses import dataclass
from typing import Any

import httpx

from app.context import ServerContext
from core.clock import FixedClock
from core.database import fetch_one
from tests.app.tenants import Tenant, a_tenant
from tests.app.usage_data import Account, an_account
from tests.conftest import NOON

ALL = {"kind": "account", "value": "(all)"}


def key(value: str) -> dict[str, str]:
    return {"kind": "api_key", "value": value}


def part(value: str) -> dict[str, str]:
    return {"kind": "project", "value": value}


def to(project: str | None, selector: dict[str, str] = ALL) -> dict[str, Any]:
    """A change: the selector's usage goes to the project."""
    return {"selector": selector, "project_id": project}


@dataclass(frozen=True)
class Mapped:
    """`hourly` reads OpenAI, `daily` OpenRouter; both go to the default project. All calls are Ada's."""

    client: httpx.Client
    context: ServerContext
    clock: FixedClock
    ada: Tenant
    bob: Tenant
    hourly: Account
    daily: Account
    bob_openai: Account

    @property
    def default(self) -> str:
        return f"proj_{self.ada.project_id}"

    def create(self, name: str) -> httpx.Response:
        return self.client.post("/v1/projects", json={"name": name}, headers=self.ada.by_key)

    def project(self, name: str) -> str:
        """The id of a new project."""
        return str(self.create(name).raise_for_status().json()["id"])

    def patch(self, project: str, **change: Any) -> httpx.Response:
        return self.client.patch(f"/v1/projects/{project}", json=change, headers=self.ada.by_cookie)

    def mapping(self, account: Account) -> dict[str, Any]:
        answer = self.client.get(f"/v1/connections/conn_{account.connection_id}/mapping", headers=self.ada.by_read_key)
        body: dict[str, Any] = answer.raise_for_status().json()
        return body

    def change(
        self, account: Account, *changes: dict[str, Any], version: int | None = None, **more: Any
    ) -> httpx.Response:
        """POST the changes; without a version with the present one."""
        body = {"version": version or self.mapping(account)["version"], "changes": list(changes)} | more
        address = f"/v1/connections/conn_{account.connection_id}/mapping"
        return self.client.post(address, json=body, headers=self.ada.by_key)

    def correct(self, account: Account, **changes: Any) -> httpx.Response:
        body = {
            "connection_id": f"conn_{account.connection_id}",
            "selector": ALL,
            "start": "2026-11-20",
            "end": "2026-11-21",
            "project_id": self.default,
            "reason": "Booked wrongly",
        } | changes
        return self.client.post("/v1/corrections", json=body, headers=self.ada.by_key)

    def audited(self, *acts: str) -> list[dict[str, Any]]:
        """The rows of the audit log of these acts, oldest first."""
        with self.context.database.tenant(self.ada.org_id) as connection:
            return connection.execute(
                "select actor, act, subject, reason from ops.audit_log where act = any(%s) order by id", [list(acts)]
            ).fetchall()

    def touches(self) -> list[dict[str, Any]]:
        with self.context.database.tenant(self.ada.org_id) as connection:
            return connection.execute(
                "select account_id, days, cause from ops.usage_touches order by arrival_id"
            ).fetchall()

    def key_id(self) -> str:
        """The id of the API key that Ada's programs call with."""
        with self.context.database.tenant(self.ada.org_id) as connection:
            row = fetch_one(connection, "select id from ops.api_keys where name = 'all'")
        return f"key_{row['id']}"


def a_mapped_organization(client: httpx.Client, context: ServerContext, clock: FixedClock) -> Mapped:
    database = context.database
    ada, bob = a_tenant(database, "Ada", now=NOON), a_tenant(database, "Bob", now=NOON)
    hourly = an_account(database, ada.org_id, provider="openai", label="Prod", project_id=ada.project_id, now=NOON)
    daily = an_account(database, ada.org_id, provider="openrouter", label="Router", project_id=ada.project_id, now=NOON)
    theirs = an_account(database, bob.org_id, provider="openai", label="Bob's", project_id=bob.project_id, now=NOON)
    return Mapped(client, context, clock, ada, bob, hourly, daily, theirs)
