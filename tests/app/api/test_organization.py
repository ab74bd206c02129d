"""/v1/organization: who may set the legal name, which names are taken, and that the audit log has both."""

import json

import httpx
import pytest

from core.database import Database
from tests.app.tenants import Tenant, a_tenant
from tests.conftest import NOON

pytestmark = pytest.mark.database


@pytest.fixture
def ada(database: Database) -> Tenant:
    return a_tenant(database, "Ada", now=NOON)


def audited(database: Database) -> list[tuple[str, str, str]]:
    with database.owner() as connection:
        rows = connection.execute(
            "select actor, subject, reason from ops.audit_log where act = 'organization.legal-name-changed' order by id"
        ).fetchall()
    return [(row["actor"], row["subject"], row["reason"]) for row in rows]


def test_a_legal_name_is_set_changed_and_taken_back(api: httpx.Client, database: Database, ada: Tenant) -> None:
    own = {"id": f"org_{ada.org_id}", "name": "Ada"}
    assert api.get("/v1/organization", headers=ada.by_cookie).json() == own | {"legal_name": None}
    for given, kept in ((" Ada Cafe\u0301 SA ", "Ada Café SA"), ("Ada Café SA", "Ada Café SA"), (None, None)):
        changed = api.patch("/v1/organization", json={"legal_name": given}, headers=ada.by_cookie)
        assert (changed.status_code, changed.json()) == (200, own | {"legal_name": kept})
        assert api.get("/v1/organization", headers=ada.by_cookie).json() == changed.json()
    actor, subject = f"user_{ada.user_id}", f"org_{ada.org_id}"
    assert audited(database) == [
        (actor, subject, "none to “Ada Café SA”"),
        (actor, subject, "“Ada Café SA” to none"),
    ]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\tb", "Ada\u202eadA", "=1+1", "\ud800"])
def test_a_name_that_no_receipt_could_print_is_refused(
    api: httpx.Client, database: Database, ada: Tenant, name: str
) -> None:
    headers = ada.by_cookie | {"Content-Type": "application/json"}
    body = json.dumps({"legal_name": name})  # in ASCII, so that a lone surrogate can be sent at all
    refused = api.patch("/v1/organization", headers=headers, content=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
    assert audited(database) == []


def test_nothing_is_no_change(api: httpx.Client, ada: Tenant) -> None:
    for body in ({}, {"legal_name": 1}, {"legal_name": "Ada", "name": "Bob"}):
        assert api.patch("/v1/organization", json=body, headers=ada.by_cookie).status_code == 422


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("owner", 200, 200), ("admin", 200, 200), ("member", 200, 403), ("viewer", 200, 403)],
)
def test_owners_and_admins_name_the_organization(
    api: httpx.Client, database: Database, ada: Tenant, role: str, reads: int, writes: int
) -> None:
    with database.owner() as connection:
        connection.execute("update ops.memberships set role = %s where user_id = %s", [role, ada.user_id])
    assert api.get("/v1/organization", headers=ada.by_cookie).status_code == reads
    changed = api.patch("/v1/organization", json={"legal_name": "Ada SA"}, headers=ada.by_cookie)
    assert (changed.status_code, len(audited(database))) == (writes, 1 if writes == 200 else 0)


def test_no_program_names_the_organization(api: httpx.Client, database: Database, ada: Tenant) -> None:
    assert api.patch("/v1/organization", json={"legal_name": "Ada SA"}, headers=ada.by_key).status_code == 403
    assert audited(database) == []
