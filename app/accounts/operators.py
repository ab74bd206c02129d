"""Operators: people who run this installation, whatever organization they see. Granted on the command line alone."""

from datetime import datetime

from app.accounts.principal import Principal
from core.database import Database, fetch_one
from core.errors import NotFoundError


def is_operator(database: Database, principal: Principal) -> bool:
    """Whether it is a person (never a key) who was made an operator."""
    if principal.user_id is None:
        return False
    with database.before_tenant() as connection:
        return bool(fetch_one(connection, "select ops.is_operator(%s) as found", [principal.user_id])["found"])


def grant_operator(database: Database, email: str, *, now: datetime) -> bool:
    """False if they were one already. Raises NotFoundError: an address without a person could be taken by anybody."""
    with database.owner() as connection:
        person = connection.execute("select id from ops.users where email = %s", [email.strip().lower()]).fetchone()
        if person is None:
            raise NotFoundError("Nobody has signed up with that address. Let them sign up first.")
        granted = connection.execute(
            "insert into ops.operators (user_id, granted_at) values (%s, %s) on conflict do nothing",
            [person["id"], now],
        )
        return granted.rowcount == 1


def revoke_operator(database: Database, email: str) -> bool:
    """False if they were none."""
    with database.owner() as connection:
        revoked = connection.execute(
            "delete from ops.operators using ops.users where users.id = operators.user_id and users.email = %s",
            [email.strip().lower()],
        )
        return revoked.rowcount == 1


def list_operators(database: Database) -> list[str]:
    """Their addresses, by address."""
    with database.owner() as connection:
        rows = connection.execute(
            "select email from ops.operators join ops.users on users.id = operators.user_id order by email"
        ).fetchall()
    return [row["email"] for row in rows]
