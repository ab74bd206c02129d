"""Who asks: a person with a session, or a program with an API key, in one organization.

`Authorization: Bearer cl_live_…` or the cookie's token -> SHA-256 -> the named look-up function -> Principal.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.accounts.errors import NotAuthenticatedError
from app.accounts.permissions import Role, Scope
from core.database import Connection, Database
from core.ids import public_id, token_hash

SESSION_COOKIE = "carbonledger_session"
SESSION_IDLE = timedelta(days=14)  # rolls forward while the session is used
SESSION_LONGEST = timedelta(days=90)  # however much it is used: a stolen cookie does not live for ever
API_KEY_PREFIX = "cl_live_"
_SESSION_ENDED = "Your session has ended. Log in again."


@dataclass(frozen=True, slots=True)
class Principal:
    """`role` and `user_id` for a person, `scopes` and `api_key_id` for a key; never both."""

    org_id: int
    user_id: int | None = None
    role: Role | None = None
    scopes: frozenset[Scope] = field(default_factory=frozenset)
    api_key_id: int | None = None

    @property
    def actor(self) -> str:
        """The public id of who acts, as the audit log keeps it."""
        if self.user_id is not None:
            return public_id("user", self.user_id)
        return public_id("key", self.api_key_id or 0)


def authenticate(database: Database, *, authorization: str | None, cookie: str | None, now: datetime) -> Principal:
    """The principal of a request; the Authorization header wins over the cookie (its value, the token).

    Raises NotAuthenticatedError if there is neither, or what is there is unknown, expired or revoked, or belongs to
    somebody who is no member any more. Looking up rolls a session forward and notes when a key was used.
    """
    if authorization is not None:
        return _by_api_key(database, authorization, now)
    if cookie:
        return _by_session(database, cookie, now)
    raise NotAuthenticatedError("Send an API key as `Authorization: Bearer cl_live_…`, or log in.")


def with_present_role(connection: Connection, principal: Principal) -> Principal:
    """The person with the role that they have now, which stays theirs until the transaction ends.

    For acts on which later rights rest (roles, keys, invitations): who was demoted or removed since the request began
    does not undo it, and a removal that comes after takes back what was made. Raises NotAuthenticatedError.
    """
    row = connection.execute(
        "select role from ops.memberships where org_id = %s and user_id = %s for share",
        [principal.org_id, principal.user_id],
    ).fetchone()
    if row is None:
        raise NotAuthenticatedError(_SESSION_ENDED)
    return replace(principal, role=row["role"])


def _by_api_key(database: Database, authorization: str, now: datetime) -> Principal:
    scheme, _, key = authorization.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key.startswith(API_KEY_PREFIX):
        raise NotAuthenticatedError("The Authorization header has to read `Bearer cl_live_…`.")
    with database.before_tenant() as connection:
        row = connection.execute("select * from ops.api_key_principal(%s, %s)", [token_hash(key), now]).fetchone()
    if row is None:
        raise NotAuthenticatedError("This API key is unknown, expired or revoked. Make a new one in the dashboard.")
    return Principal(org_id=row["org_id"], scopes=frozenset(row["scopes"]), api_key_id=row["api_key_id"])


def _by_session(database: Database, token: str, now: datetime) -> Principal:
    with database.before_tenant() as connection:
        row = connection.execute(
            "select * from ops.session_principal(%s, %s, %s, %s)",
            [token_hash(token), now, SESSION_IDLE, SESSION_LONGEST],
        ).fetchone()
    if row is None:
        raise NotAuthenticatedError(_SESSION_ENDED)
    return Principal(org_id=row["org_id"], user_id=row["user_id"], role=row["role"])
