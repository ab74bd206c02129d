"""The receiving end of an invitation link.

Who has an account already accepts with its password: a membership is never added to an account whose owner has not
proved both the mailbox and the password, or somebody could sign up with another's e-mail and wait for the invitation.
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg.errors
from pydantic import SecretStr

from app.accounts.errors import EmailTakenError, UnusableTokenError
from app.accounts.passwords import check_password, hash_password
from app.accounts.permissions import Role
from app.accounts.sessions import Session, begin_session, verified_user
from app.accounts.throttle import Tried, attempt, forget_attempts
from core.audit import audit
from core.database import Database, enter_tenant
from core.ids import public_id, token_hash


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """What its receiver sees before accepting. `has_account`: they log in with a password they have."""

    organization: str
    email: str
    role: Role
    has_account: bool


def open_invitation(database: Database, *, token: str, now: datetime) -> OpenInvitation:
    """What the link is for; raises UnusableTokenError."""
    with database.before_tenant() as connection:
        row = connection.execute("select * from ops.open_invitation(%s, %s)", [token_hash(token), now]).fetchone()
    if row is None:
        raise UnusableTokenError
    return OpenInvitation(row["organization"], row["email"], row["role"], row["has_account"])


def accept_invitation(
    database: Database, *, token: str, password: SecretStr, address: str, memory_mib: int, now: datetime
) -> Session:
    """Become a member, and a session there. `password` is the account's, or a new one if there is no account yet.

    Raises TooManyAttemptsError, UnusableTokenError, WrongPasswordError, and WeakPasswordError for a new account.
    """
    attempt(database, "link", Tried(address=address), now=now)
    invitation = open_invitation(database, token=token, now=now)
    user_id: int | None = None
    new_hash: str | None = None
    if invitation.has_account:
        tried = Tried(account=invitation.email, address=address)
        attempt(database, "log-in", tried, now=now)
        user_id = verified_user(database, email=invitation.email, password=password, memory_mib=memory_mib)
        forget_attempts(database, "log-in", tried)
    else:
        check_password(password, email=invitation.email)
        new_hash = hash_password(password, memory_mib=memory_mib)
    try:
        with database.before_tenant() as connection:
            accepted = connection.execute(
                "select * from ops.accept_invitation(%s, %s, %s, %s)", [token_hash(token), user_id, new_hash, now]
            ).fetchone()
            if accepted is None:
                raise UnusableTokenError
            enter_tenant(connection, accepted["org_id"])
            person = public_id("user", accepted["user_id"])
            audit(connection, accepted["org_id"], actor=person, act="invitation.accepted", subject=person, now=now)
            return begin_session(connection, user_id=accepted["user_id"], org_id=accepted["org_id"], now=now)
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "users_email_key":
            raise
        raise EmailTakenError from None  # they signed up while they accepted: the link still works, with that password
