"""Sign-up: an organization with its default project, a person who owns it, and their session, in one transaction.

That an e-mail is taken is said, as the person has to know; but after the same work as a success, and only so many times
an hour and address. (To say it by mail alone would make sign-up impossible on an installation that sends none.)
"""

from datetime import datetime

import psycopg.errors
from pydantic import SecretStr

from app.accounts.errors import EmailTakenError
from app.accounts.names import email_address, usable_name
from app.accounts.passwords import check_password, hash_password
from app.accounts.sessions import Session, begin_session
from app.accounts.throttle import Tried, attempt
from core.audit import audit
from core.database import Database, enter_tenant, fetch_one
from core.ids import public_id
from ingestion.projects import create_default_project


def sign_up(
    database: Database,
    *,
    email: str,
    password: SecretStr,
    organization: str,
    address: str,
    memory_mib: int,
    now: datetime,
) -> Session:
    """The owner's first session.

    Raises UnusableEmailError, InvalidInputError (the organization's name), WeakPasswordError, TooManyAttemptsError and
    EmailTakenError; then nothing is made.
    """
    account = email_address(email)
    name = usable_name(organization, what="The organization's name", longest=120)
    check_password(password, email=account)
    attempt(database, "sign-up", Tried(address=address), now=now)
    password_hash = hash_password(password, memory_mib=memory_mib)
    try:
        with database.before_tenant() as connection:
            made = fetch_one(
                connection, "select * from ops.sign_up(%s, %s, %s, %s)", [account, password_hash, name, now]
            )
            enter_tenant(connection, made["org_id"])
            create_default_project(connection, made["org_id"], now)
            audit(
                connection,
                made["org_id"],
                actor=public_id("user", made["user_id"]),
                act="organization.created",
                subject=public_id("org", made["org_id"]),
                now=now,
            )
            return begin_session(connection, user_id=made["user_id"], org_id=made["org_id"], now=now)
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "users_email_key":
            raise
        raise EmailTakenError from None
