"""Password reset by mail: a link that works once, for an hour.

ops.password_resets holds the token's SHA-256. The mail in the outbox holds the link until it is
sent, then not even that.
"""

from datetime import datetime, timedelta

from pydantic import SecretStr

from app.accounts.errors import UnusableTokenError
from app.accounts.names import email_address
from app.accounts.passwords import check_password, hash_password
from app.accounts.throttle import Tried, attempt, forget_attempts
from core.audit import audit
from core.database import Database, enter_tenant, fetch_one
from core.ids import public_id, random_token, token_hash

RESET_LASTS = timedelta(hours=1)

_MAIL_TITLE = "Reset your CarbonLedger password"
_MAIL_BODY = """Somebody, probably you, asked to reset the password of your CarbonLedger account.

Choose a new one within an hour:
{link}

If it was not you, ignore this mail: your password stays as it is.
"""


def request_password_reset(database: Database, *, email: str, address: str, public_url: str, now: datetime) -> None:
    """Mail a link to whoever has this e-mail. What comes back, and when, is the same if nobody has it.

    Raises UnusableEmailError and TooManyAttemptsError.
    """
    account = email_address(email)
    attempt(database, "password-reset", Tried(account=account, address=address), now=now)
    token = random_token()
    body = _MAIL_BODY.format(link=f"{public_url.rstrip('/')}/auth/reset?token={token}")
    with database.before_tenant() as connection:
        connection.execute(
            "select ops.begin_password_reset(%s, %s, %s, %s, %s, %s)",
            [account, token_hash(token), _MAIL_TITLE, body, now, now + RESET_LASTS],
        )


def password_reset_is_open(database: Database, *, token: str, now: datetime) -> bool:
    return _email_of(database, token=token, now=now) is not None


def confirm_password_reset(
    database: Database, *, token: str, password: SecretStr, address: str, memory_mib: int, now: datetime
) -> None:
    """Set the password. All sessions of the person end, here too: the new password is proved by logging in with it.

    Raises TooManyAttemptsError, UnusableTokenError, and WeakPasswordError (the link can then still be used).
    """
    attempt(database, "link", Tried(address=address), now=now)
    email = _email_of(database, token=token, now=now)
    if email is None:
        raise UnusableTokenError
    check_password(password, email=email)
    password_hash = hash_password(password, memory_mib=memory_mib)
    with database.before_tenant() as connection:
        done = connection.execute(
            "select * from ops.finish_password_reset(%s, %s, %s)", [token_hash(token), password_hash, now]
        ).fetchone()
        if done is None:
            raise UnusableTokenError
        person = public_id("user", done["user_id"])
        for org_id in done["org_ids"]:
            enter_tenant(connection, org_id)
            audit(connection, org_id, actor=person, act="password.reset", subject=person, now=now)
    forget_attempts(database, "log-in", Tried(account=email, address=address))


def _email_of(database: Database, *, token: str, now: datetime) -> str | None:
    with database.before_tenant() as connection:
        row = fetch_one(connection, "select ops.email_of_password_reset(%s, %s) as email", [token_hash(token), now])
    email: str | None = row["email"]
    return email
