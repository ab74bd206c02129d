"""Notices at the wire: one a fact, marked as read by each person for themselves."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from core.clock import FixedClock
from core.database import Database
from core.owner_notices import tell_owners
from tests.app.accounts.conftest import Organization

pytestmark = pytest.mark.database

Found = Callable[..., Organization]
Join = Callable[..., httpx.Client]

KEYS = (
    "connection-stopped:7:2026-11-20T12:00:00+00:00",
    "payment_failed:in_1:1",
    "receipt_issued:CLT-2026-10-7F3K9QX2-M",
)


def tell(database: Database, organization: Organization, clock: FixedClock, *, keys: tuple[str, ...] = KEYS) -> None:
    for key in keys:
        with database.worker() as connection:
            tell_owners(
                connection, org_id=organization.org_key, dedupe_key=key, title=f"About {key[:7]}", body="Do this.",
                now=clock.now(),
            )  # fmt: skip
        clock.advance(timedelta(minutes=1))


def told(client: httpx.Client, **parameters: str | int) -> list[tuple[str, str, bool]]:
    data = client.get("/v1/notices", params=parameters).raise_for_status().json()["data"]
    return [(each["title"], each["link"], each["read_at"] is not None) for each in data]


def test_a_fact_told_to_two_owners_is_one_notice_with_what_to_do(
    found: Found, join: Join, database: Database, clock: FixedClock
) -> None:
    organization = found()
    second, viewer = (join(organization, f"{role}@example.org", role) for role in ("owner", "viewer"))
    tell(database, organization, clock)
    expected = [
        ("About receipt", "/receipt?serial=CLT-2026-10-7F3K9QX2-M", False),
        ("About payment", "/billing", False),
        ("About connect", "/connections", False),
    ]
    assert [told(client) for client in (organization.client, second, viewer)] == [expected] * 3
    assert told(found("eve@example.org").client) == []


def test_each_person_marks_for_themselves_and_twice_is_once(
    found: Found, join: Join, database: Database, clock: FixedClock
) -> None:
    organization = found()
    viewer = join(organization, "bob@example.org", "viewer")
    tell(database, organization, clock)
    first = organization.client.get("/v1/notices").json()["data"][0]
    for _ in range(2):
        assert organization.client.post(f"/v1/notices/{first['id']}/read").status_code == 204
        clock.advance(timedelta(minutes=1))
    marked = organization.client.get("/v1/notices").json()["data"][0]
    assert marked["read_at"] == (clock.now() - timedelta(minutes=2)).isoformat().replace("+00:00", "Z")
    assert [title for title, _, _ in told(organization.client, unread="true")] == ["About payment", "About connect"]
    assert len(told(viewer, unread="true")) == 3
    assert viewer.post("/v1/notices/read").status_code == 204
    assert (told(viewer, unread="true"), len(told(viewer)), len(told(organization.client, unread="true"))) == ([], 3, 2)


def test_notices_come_in_pages(found: Found, database: Database, clock: FixedClock) -> None:
    organization = found()
    tell(database, organization, clock)
    first = organization.client.get("/v1/notices", params={"limit": 2}).json()
    last = organization.client.get("/v1/notices", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [each["title"] for each in first["data"] + last["data"]] == [
        "About receipt",
        "About payment",
        "About connect",
    ]
    assert last["next_cursor"] is None


def test_a_mail_is_no_notice(found: Found, join: Join, database: Database, clock: FixedClock) -> None:
    organization = found()
    join(organization, "bob@example.org", "viewer")
    with database.owner() as connection:
        mail = connection.execute("select min(id) as id from ops.outbox where channel = 'email'").fetchone()
    assert mail is not None
    assert organization.client.post(f"/v1/notices/notice_{mail['id']}/read").status_code == 404
    assert told(organization.client) == []
