"""Notices to the people who own an organization: in the app, by mail, and to each target it has set, once a fact."""

from datetime import datetime

from core.database import Connection
from core.outbox import Channel, enqueue


def tell_owners(connection: Connection, *, org_id: int, dedupe_key: str, title: str, body: str, now: datetime) -> None:
    """A worker's transaction: queue the notice for each member with the role owner, and for each target."""
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
    targets = connection.execute(
        "select id from ops.notification_targets where org_id = %s and removed_at is null order by id", [org_id]
    ).fetchall()
    for target in targets:
        enqueue(
            connection, org_id=org_id, dedupe_key=f"{dedupe_key}:target:{target['id']}", channel="target",
            recipient=None, target_id=target["id"], title=title, body=body, now=now,
        )  # fmt: skip
