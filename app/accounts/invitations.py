"""Invitations by mail: a link that makes its receiver a member, once, within a week.

`accept_invitation.py` is the other end of the link.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.errors import AlreadyMemberError, ForbiddenError
from app.accounts.names import email_address
from app.accounts.permissions import Role, require, require_reach
from app.accounts.principal import Principal, with_present_role
from app.accounts.throttle import Tried, attempt
from core.audit import audit
from core.database import Connection, Database, fetch_one
from core.errors import InvalidInputError, NotFoundError
from core.ids import public_id, random_token, token_hash

INVITATION_LASTS = timedelta(days=7)

_MAIL_TITLE = "You are invited to {organization} on CarbonLedger"
_MAIL_BODY = """{inviter} invites you to {organization} on CarbonLedger, as {role}.

Accept within seven days:
{link}

If you do not know them, ignore this mail.
"""


@dataclass(frozen=True, slots=True)
class InvitationView:
    id: int
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


def invite(
    database: Database, principal: Principal, *, email: str, role: Role, public_url: str, now: datetime
) -> InvitationView:
    """Invite, or invite again: an earlier open invitation of the same e-mail stops working.

    Raises ForbiddenError, InvalidInputError (an e-mail; the role owner), AlreadyMemberError, TooManyAttemptsError.
    """
    require(principal, "members:write")
    require_reach(principal, role)
    if principal.user_id is None:
        raise ForbiddenError("Only a person can invite.")
    if role == "owner":
        raise InvalidInputError("Invite them as admin, member or viewer; a member can be made an owner afterwards.")
    account = email_address(email)
    attempt(database, "invitation", Tried(account=account, org_id=principal.org_id), now=now)
    token = random_token()
    with database.tenant(principal.org_id) as connection:
        require(with_present_role(connection, principal), "members:write")
        members = connection.execute("select user_id, email from ops.members_of_tenant()").fetchall()
        if any(member["email"] == account for member in members):
            raise AlreadyMemberError
        connection.execute(
            "delete from ops.invitations where org_id = %s and email = %s and accepted_at is null",
            [principal.org_id, account],
        )
        row = fetch_one(
            connection,
            "insert into ops.invitations (org_id, email, role, token_hash, created_by, created_at, expires_at)"
            " values (%s, %s, %s, %s, %s, %s, %s) returning id, email, role, created_at, expires_at",
            [principal.org_id, account, role, token_hash(token), principal.user_id, now, now + INVITATION_LASTS],
        )
        inviter = next(member["email"] for member in members if member["user_id"] == principal.user_id)
        link = f"{public_url.rstrip('/')}/auth/invitation?token={token}"
        _enqueue_mail(connection, principal.org_id, InvitationView(**row), inviter=inviter, link=link)
        audit(
            connection,
            principal.org_id,
            actor=principal.actor,
            act="invitation.sent",
            subject=public_id("inv", row["id"]),
            now=now,
            reason=f"as {role}",
        )
    return InvitationView(**row)


def list_invitations(database: Database, principal: Principal, *, now: datetime) -> list[InvitationView]:
    """Those that can still be accepted, oldest first."""
    require(principal, "members:write")
    with database.tenant(principal.org_id) as connection:
        rows = connection.execute(
            "select id, email, role, created_at, expires_at from ops.invitations"
            " where org_id = %s and accepted_at is null and expires_at > %s order by id",
            [principal.org_id, now],
        ).fetchall()
    return [InvitationView(**row) for row in rows]


def withdraw_invitation(database: Database, principal: Principal, invitation_id: int, *, now: datetime) -> None:
    """Its link stops working. Raises ForbiddenError, and NotFoundError if there is no such open invitation here."""
    require(principal, "members:write")
    with database.tenant(principal.org_id) as connection:
        gone = connection.execute(
            "delete from ops.invitations where org_id = %s and id = %s and accepted_at is null",
            [principal.org_id, invitation_id],
        )
        if gone.rowcount == 0:
            raise NotFoundError("There is no such invitation.")
        audit(
            connection,
            principal.org_id,
            actor=principal.actor,
            act="invitation.withdrawn",
            subject=public_id("inv", invitation_id),
            now=now,
        )


def _enqueue_mail(connection: Connection, org_id: int, invitation: InvitationView, *, inviter: str, link: str) -> None:
    """Not by core.outbox.enqueue: the body holds a secret, so delivery has to wipe it."""
    organization = fetch_one(connection, "select name from ops.organizations where id = %s", [org_id])["name"]
    connection.execute(
        "insert into ops.outbox (org_id, dedupe_key, channel, recipient, title, body, holds_secret, created_at, due_at)"
        " values (%s, %s, 'email', %s, %s, %s, true, %s, %s)",
        [
            org_id,
            f"invitation:{invitation.id}",
            invitation.email,
            _MAIL_TITLE.format(organization=organization),
            _MAIL_BODY.format(inviter=inviter, organization=organization, role=invitation.role, link=link),
            invitation.created_at,
            invitation.created_at,
        ],
    )
