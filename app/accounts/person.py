"""What a person settles for themselves: their name, their password, where they are signed in. Never by an API key."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from app.accounts.errors import ForbiddenError, NotAuthenticatedError, WrongPresentPasswordError
from app.accounts.names import usable_name
from app.accounts.passwords import check_password, hash_password, password_matches
from app.accounts.principal import Principal
from app.accounts.throttle import Tried, attempt, forget_attempts
from core.audit import AuditedAct, audit
from core.database import Connection, Database, enter_tenant, fetch_one
from core.ids import public_id, token_hash


@dataclass(frozen=True, slots=True)
class Profile:
    """`display_name` None: the e-mail stands for the person."""

    email: str
    display_name: str | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A place where a person is signed in. `expires_at`: unless it is used before."""

    org_id: int
    organization: str
    created_at: datetime
    expires_at: datetime
    is_this: bool


def read_profile(database: Database, principal: Principal) -> Profile:
    """Raises ForbiddenError for an API key."""
    row = _row(database, _person(principal))
    return Profile(row["email"], row["display_name"])


def change_display_name(database: Database, principal: Principal, given: str | None) -> Profile:
    """None, or nothing but spaces, takes the name away. Raises ForbiddenError and InvalidInputError."""
    user_id = _person(principal)
    name = usable_name(given, what="A display name", longest=80) if given is not None and given.strip() else None
    with database.before_tenant() as connection:
        connection.execute("select ops.name_person(%s, %s)", [user_id, name])
    return read_profile(database, principal)


def list_sessions(database: Database, principal: Principal, *, cookie: str | None, now: datetime) -> list[SessionView]:
    """Newest first, in all of the person's organizations. Raises ForbiddenError for an API key."""
    user_id, this = _person(principal), token_hash(cookie or "")
    with database.before_tenant() as connection:
        rows = connection.execute("select * from ops.sessions_of_user(%s, %s)", [user_id, now]).fetchall()
    return [
        SessionView(row["org_id"], row["organization"], row["created_at"], row["expires_at"], row["token_hash"] == this)
        for row in rows
    ]


def end_other_sessions(database: Database, principal: Principal, *, cookie: str | None, now: datetime) -> None:
    """Sign the person out everywhere but here. Raises ForbiddenError for an API key."""
    user_id = _person(principal)
    with database.before_tenant() as connection:
        ended = fetch_one(
            connection, "select ops.end_other_sessions(%s, %s) as org_ids", [user_id, token_hash(cookie or "")]
        )
        _audit(connection, user_id, ended["org_ids"], "session.ended-elsewhere", now=now)


def change_password(
    database: Database,
    principal: Principal,
    *,
    present: SecretStr,
    wanted: SecretStr,
    cookie: str | None,
    memory_mib: int,
    now: datetime,
) -> None:
    """The session of `cookie` stays; all others of the person end, and open reset links stop working.

    Raises ForbiddenError, TooManyAttemptsError, WrongPresentPasswordError and WeakPasswordError.
    """
    user_id = _person(principal)
    row = _proved(database, user_id, present, memory_mib=memory_mib, now=now)
    check_password(wanted, email=row["email"])
    password_hash = hash_password(wanted, memory_mib=memory_mib)
    with database.before_tenant() as connection:
        changed = fetch_one(
            connection,
            "select ops.change_password(%s, %s, %s, %s, %s) as org_ids",
            [user_id, row["password_hash"], password_hash, token_hash(cookie or ""), now],
        )
        if changed["org_ids"] is None:  # somebody with the old one was quicker
            raise WrongPresentPasswordError
        _audit(connection, user_id, changed["org_ids"], "password.changed", now=now)


def prove_password(
    database: Database, principal: Principal, present: SecretStr, *, memory_mib: int, now: datetime
) -> None:
    """Who has the session has the password too: before what cannot be undone.

    Raises ForbiddenError, TooManyAttemptsError and WrongPresentPasswordError.
    """
    _proved(database, _person(principal), present, memory_mib=memory_mib, now=now)


def _proved(database: Database, user_id: int, present: SecretStr, *, memory_mib: int, now: datetime) -> dict[str, str]:
    row = _row(database, user_id)
    tried = Tried(account=row["email"])
    attempt(database, "own-password", tried, now=now)
    if not password_matches(row["password_hash"], present, memory_mib=memory_mib):
        raise WrongPresentPasswordError
    forget_attempts(database, "own-password", tried)
    return row


def _person(principal: Principal) -> int:
    if principal.user_id is None:
        raise ForbiddenError("API keys cannot do this. Log in, and do it as a person.")
    return principal.user_id


def _row(database: Database, user_id: int) -> dict[str, str]:
    with database.before_tenant() as connection:
        row = connection.execute("select * from ops.person(%s)", [user_id]).fetchone()
    if row is None:
        raise NotAuthenticatedError("Your session has ended. Log in again.")
    return row


def _audit(connection: Connection, user_id: int, org_ids: list[int], act: AuditedAct, *, now: datetime) -> None:
    person = public_id("user", user_id)
    for org_id in org_ids:
        enter_tenant(connection, org_id)
        audit(connection, org_id, actor=person, act=act, subject=person, now=now)
