"""How often something may be tried, by account and by address.

A try is counted before it is made, under a lock on its subjects, so that trying in parallel gains nothing. The limit of
an account alone is far wider than that of an account at one address: a stranger who fails on purpose should not keep
the account's owner out.
"""

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.accounts.errors import TooManyAttemptsError
from core.database import Database, fetch_one

Attempt = Literal[
    "log-in",
    "own-password",
    "sign-up",
    "password-reset",
    "link",
    "invitation",
    "receipt-look-up",
    "receipt-upload",
    "target",
]
By = Literal["account", "address", "account at address", "organization"]


@dataclass(frozen=True, slots=True)
class Limit:
    by: By
    count: int
    within: timedelta


LIMITS: Mapping[Attempt, tuple[Limit, ...]] = {
    "log-in": (
        Limit("account at address", 10, timedelta(minutes=15)),
        Limit("account", 100, timedelta(hours=1)),
        Limit("address", 100, timedelta(minutes=15)),
    ),
    # By somebody with the session: whoever finds a browser open shall not guess for long.
    "own-password": (Limit("account", 10, timedelta(minutes=15)),),
    "sign-up": (Limit("address", 20, timedelta(hours=1)),),
    "password-reset": (Limit("account", 3, timedelta(hours=1)), Limit("address", 20, timedelta(hours=1))),
    "link": (Limit("address", 30, timedelta(minutes=15)),),
    "invitation": (Limit("organization", 50, timedelta(days=1)), Limit("account", 5, timedelta(days=1))),
    # A serial number has 40 random bits: guesses at this rate take years to meet one of ten thousand and learn no name.
    "receipt-look-up": (Limit("address", 120, timedelta(minutes=1)),),
    "target": (Limit("organization", 30, timedelta(hours=1)),),  # each makes this server look a name up, or send
    "receipt-upload": (Limit("address", 20, timedelta(minutes=1)),),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """Who tries: the e-mail, the client's address, the organization; what is not known is left out."""

    account: str | None = None
    address: str | None = None
    org_id: int | None = None

    def value(self, by: By) -> str:
        match by:
            case "account":
                return str(self.account)
            case "address":
                return _network(str(self.address))
            case "account at address":
                return f"{self.account} {_network(str(self.address))}"
            case "organization":
                return str(self.org_id)

    def subject(self, by: By) -> bytes:
        """A hash: the table shall not be a list of who logs in from where."""
        return hashlib.sha256(f"{by}: {self.value(by)}".encode()).digest()


def attempt(database: Database, act: Attempt, tried: Tried, *, now: datetime) -> None:
    """Count one more try; raises TooManyAttemptsError, and counts nothing, if one of its limits is reached."""
    limits = LIMITS[act]
    with database.before_tenant() as connection:
        again_at: datetime | None = fetch_one(
            connection,
            "select ops.count_attempt(%s, %s, %s, %s, %s) as again_at",
            [
                act,
                [tried.subject(limit.by) for limit in limits],
                [limit.count for limit in limits],
                [limit.within for limit in limits],
                now,
            ],
        )["again_at"]
    if again_at is not None:
        raise TooManyAttemptsError(again_at - now)


def forget_attempts(database: Database, act: Attempt, tried: Tried) -> None:
    """After proof of who it is. The address alone stays counted: it may try other accounts."""
    subjects = [tried.subject(limit.by) for limit in LIMITS[act] if limit.by != "address"]
    with database.before_tenant() as connection:
        connection.execute("select ops.forget_attempts(%s, %s)", [act, subjects])


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: a household has 2**64 of those to try from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
