"""Notices to the people who own an organization: one in the app and one by mail, each once a fact."""

from datetime import datetime

from core.database import Connection
from core.outbox import Channel, enqueue


def tell_owners(connection: Connection, *, org_id: int, dedupe_key: str, title: str, body: str, now: datetime) -> None:
    """A worker's transaction: queue the notice for each member with the role owner."""
    owners = connection.execute(
        "select person.email from ops.memberships membership join ops.users person on person.id = membership.user_id"
        " where membership.org_id = %s and membership.role = 'owner' order by person.id",
        [org_id],
    ).fetchall()
    channels: tuple[Channel, ...] = ("in_app", "email")
    for owner in owners:
        for channel in channels:
            enqueue(
                connection, org_id=org_id, dedupe_key=f"{dedupe_key}:{channel}:{owner['email']}", channel=channel,
                recipient=owner["email"], title=title, body=body, now=now,
            )  # fmt: skip
