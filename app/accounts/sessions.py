"""Sessions: log-in, log-out, switching organizations.

e-mail and password -> throttle -> argon2id -> a new random token, whose SHA-256 is the session. A log-in never takes
over a token that the browser brought along, so nobody can plant one.
"""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import SecretStr

from app.accounts.errors import NoOrganizationError, WrongPasswordError
from app.accounts.names import email_address
from app.accounts.passwords import password_matches
from app.accounts.principal import SESSION_IDLE
from app.accounts.throttle import Tried, attempt, forget_attempts
from core.audit import AuditedAct, audit
from core.database import Connection, Database, enter_tenant
from core.errors import NotFoundError
from core.ids import public_id, random_token, token_hash


@dataclass(frozen=True, slots=True)
class Session:
    """`token` is the cookie's value; it exists here and in the browser only."""

    token: str = field(repr=False)
    user_id: int
    org_id: int


def log_in(
    database: Database,
    *,
    email: str,
    password: SecretStr,
    address: str,
    memory_mib: int,
    now: datetime,
) -> Session:
    """A session in the organization used last.

    Raises UnusableEmailError, TooManyAttemptsError, WrongPasswordError (the same, and as slowly, whether the e-mail is
    known or not), and NoOrganizationError for somebody whom every organization has removed.
    """
    account = email_address(email)
    tried = Tried(account=account, address=address)
    attempt(database, "log-in", tried, now=now)
    user_id = verified_user(database, email=account, password=password, memory_mib=memory_mib)
    forget_attempts(database, "log-in", tried)
    with database.before_tenant() as connection:
        return begin_session(connection, user_id=user_id, org_id=None, now=now)


def verified_user(database: Database, *, email: str, password: SecretStr, memory_mib: int) -> int:
    """The id of the user whose e-mail and password these are; raises WrongPasswordError. The caller throttles."""
    with database.before_tenant() as connection:
        row = connection.execute("select * from ops.password_of_email(%s)", [email]).fetchone()
    stored = None if row is None else str(row["password_hash"])
    if not password_matches(stored, password, memory_mib=memory_mib) or row is None:
        raise WrongPasswordError
    return int(row["user_id"])


def begin_session(connection: Connection, *, user_id: int, org_id: int | None, now: datetime) -> Session:
    """A session in `org_id`, or for None where the user was last; leaves the transaction in that tenant.

    Raises NoOrganizationError if the user is no member.
    """
    token = random_token()
    row = connection.execute(
        "select ops.begin_session(%s, %s, %s, %s, %s) as org_id",
        [token_hash(token), user_id, org_id, now, now + SESSION_IDLE],
    ).fetchone()
    if row is None or row["org_id"] is None:
        raise NoOrganizationError
    session = Session(token=token, user_id=user_id, org_id=row["org_id"])
    enter_tenant(connection, session.org_id)
    _audit(connection, user_id=user_id, org_id=session.org_id, act="session.started", now=now)
    return session


def log_out(database: Database, *, cookie: str | None, now: datetime) -> None:
    """End the cookie's session; without one there is nothing to do."""
    if not cookie:
        return
    with database.before_tenant() as connection:
        row = connection.execute("select * from ops.end_session(%s)", [token_hash(cookie)]).fetchone()
        if row is not None:
            enter_tenant(connection, row["org_id"])
            _audit(connection, user_id=row["user_id"], org_id=row["org_id"], act="session.ended", now=now)


def switch_organization(database: Database, *, cookie: str, org_id: int, now: datetime) -> None:
    """Move the session to another organization of its user; raises NotFoundError if they are no member there."""
    with database.before_tenant() as connection:
        row = connection.execute(
            "select ops.switch_session(%s, %s, %s) as switched", [token_hash(cookie), org_id, now]
        ).fetchone()
    if row is None or not row["switched"]:
        raise NotFoundError("You are not a member of such an organization.")


def _audit(connection: Connection, *, user_id: int, org_id: int, act: AuditedAct, now: datetime) -> None:
    person = public_id("user", user_id)
    audit(connection, org_id, actor=person, act=act, subject=person, now=now)
