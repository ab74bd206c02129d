"""The outbox: a notification is a row in the transaction of the fact that it tells of. `delivery.py` sends it."""

from datetime import datetime
from typing import Literal

from core.database import Connection

Channel = Literal["email", "operator", "in_app", "target"]


def enqueue(  # noqa: PLR0913 - a message, and where it goes
    connection: Connection,
    *,
    org_id: int | None,
    dedupe_key: str,
    channel: Channel,
    recipient: str | None,
    title: str,
    body: str,
    now: datetime,
    target_id: int | None = None,
) -> None:
    """One row a dedupe key, however often it is enqueued; by the app role (its tenant's rows) or the worker.

    `target_id`: the organization's notification target, for the channel "target". What the app itself shows has arrived
    with the commit; the other channels wait for delivery.
    """
    connection.execute(
        "insert into ops.outbox (org_id, dedupe_key, channel, recipient, target_id, title, body, created_at, due_at,"
        " delivered_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [
            org_id, dedupe_key, channel, recipient, target_id, title, body, now, now,
            now if channel == "in_app" else None,
        ],
    )  # fmt: skip
