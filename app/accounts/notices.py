"""Notices: what owners were told, as every member of the organization can read it in the app, newest first.

A fact that was told to several owners is one notice; whether it was read is kept for each person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.accounts.permissions import require
from app.accounts.principal import Principal
from core.database import Connection, Database, fetch_one
from core.errors import NotFoundError

MOST_COUNTED = 100

# How a fact's dedupe key begins -> the page on which there is something to do, and what; the first that fits.
_PLACES = (
    ("connection-stopped:", "/connections", "Re-authenticate the connection"),
    ("connection-", "/connections", "Look at the connection"),
    ("suspect-read:", "/connections", "See the connections"),
    ("payment_", "/billing", "Open billing"),
    ("subscription-", "/billing", "Open billing"),
    ("budget", "/budgets", "Open the budgets"),
    ("", "/", "Open the overview"),
)

# One row a fact: the first that was written of it.
_FIRST_ROWS = (
    "select distinct on (split_part(dedupe_key, ':in_app:', 1)) id, dedupe_key, title, body, created_at"
    " from ops.outbox where org_id = %(org_id)s and channel = 'in_app'"
    " order by split_part(dedupe_key, ':in_app:', 1), id"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """`link` is a path of the dashboard, `link_text` what to do there. `read_at` None: not read by this person."""

    id: int
    title: str
    body: str
    link: str
    link_text: str
    told_at: datetime
    read_at: datetime | None


def list_notices(
    database: Database, principal: Principal, *, show: Literal["all", "unread"] = "all",
    before_id: int | None = None, limit: int = 50
) -> list[Notice]:  # fmt: skip
    """At most `limit` notices older than `before_id`, newest first. Raises ForbiddenError."""
    require(principal, "notices:read")
    with database.tenant(principal.org_id) as connection:
        rows = connection.execute(
            f"select fact.*, mark.read_at from ({_FIRST_ROWS}) as fact"
            " left join ops.notice_reads as mark on mark.org_id = %(org_id)s and mark.notice_id = fact.id"
            "  and mark.user_id = %(user_id)s"
            " where (%(before)s::bigint is null or fact.id < %(before)s) and (not %(unread)s or mark.read_at is null)"
            " order by fact.id desc limit %(limit)s",
            {
                "org_id": principal.org_id, "user_id": principal.user_id, "before": before_id,
                "unread": show == "unread", "limit": limit,
            },
        ).fetchall()  # fmt: skip
    return [
        Notice(row["id"], row["title"], row["body"], *_place(row["dedupe_key"]), row["created_at"], row["read_at"])
        for row in rows
    ]


def count_unread(database: Database, principal: Principal) -> int:
    """Of this person; MOST_COUNTED where there are as many or more. Raises ForbiddenError."""
    require(principal, "notices:read")
    with database.tenant(principal.org_id) as connection:
        row = fetch_one(
            connection,
            f"select count(*) as count from (select 1 from ({_FIRST_ROWS}) as fact where not exists ("
            "  select from ops.notice_reads as mark where mark.org_id = %(org_id)s and mark.notice_id = fact.id"
            "  and mark.user_id = %(user_id)s"
            " ) limit %(most)s) as unread",
            {"org_id": principal.org_id, "user_id": principal.user_id, "most": MOST_COUNTED},
        )
    return int(row["count"])


def mark_read(database: Database, principal: Principal, notice_id: int, *, now: datetime) -> None:
    """Twice is once: the first instant stays. Raises ForbiddenError, and NotFoundError for what is no notice."""
    require(principal, "notices:read")
    with database.tenant(principal.org_id) as connection:
        fact = connection.execute(
            f"select id from ({_FIRST_ROWS}) as fact where id = %(id)s", {"org_id": principal.org_id, "id": notice_id}
        ).fetchone()
        if fact is None:
            raise NotFoundError("There is no such notice.")
        _mark(connection, principal, [notice_id], now=now)


def mark_all_read(database: Database, principal: Principal, *, now: datetime) -> None:
    """All that there are now. Raises ForbiddenError."""
    require(principal, "notices:read")
    with database.tenant(principal.org_id) as connection:
        rows = connection.execute(_FIRST_ROWS, {"org_id": principal.org_id}).fetchall()
        _mark(connection, principal, [row["id"] for row in rows], now=now)


def _mark(connection: Connection, principal: Principal, notice_ids: Sequence[int], *, now: datetime) -> None:
    connection.execute(
        "insert into ops.notice_reads (org_id, user_id, notice_id, read_at)"
        " select %s, %s, notice_id, %s from unnest(%s::bigint[]) as notice_id on conflict do nothing",
        [principal.org_id, principal.user_id, now, list(notice_ids)],
    )


def _place(dedupe_key: str) -> tuple[str, str]:
    kind, _, rest = dedupe_key.partition(":")
    if kind in {"receipt_issued", "receipt_void"}:
        return f"/receipt?serial={rest.partition(':')[0]}", "Open the receipt"
    return next((path, text) for start, path, text in _PLACES if dedupe_key.startswith(start))
