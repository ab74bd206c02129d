"""The demo's folder: a ledger of its own, who may log in to it, and a lock so that one demo runs in it at a time."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from core.clock import floor_to_day
from core.errors import ConflictError
from core.ids import random_token
from core.settings import Settings

DEFAULT_HOME = Path("~/.carbonledger-demo")
EMAIL = "demo@example.com"
PAID_EMAIL = "paid@example.com"
"""Of the second organization's owner, who has the same password."""


class NotADemoError(ConflictError):
    code = "not-a-demo"


class DemoRunsError(ConflictError):
    code = "demo-runs"


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """Made on the first run and kept: log-in, since when there is usage, and the seed that it is invented from.

    `paid_from`: when the second organization's plan and usage begin, two whole months before the first run's month.
    """

    email: str
    password: str = field(repr=False)
    usage_from: str
    paid_from: str
    seed: int

    @property
    def usage_starts_at(self) -> datetime:
        return datetime.fromisoformat(self.usage_from)

    @property
    def paid_starts_at(self) -> datetime:
        return datetime.fromisoformat(self.paid_from)


@dataclass(frozen=True, slots=True)
class DemoHome:
    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> "DemoHome":
        """CARBONLEDGER_HOME if it is set, else a folder of the demo's own.

        Raises NotADemoError for a folder that holds a ledger which no demo made: its database is not for sandbox data.
        """
        given = settings.home if "home" in settings.model_fields_set else DEFAULT_HOME
        home = cls(given.expanduser().resolve())
        if (home.folder / "postgres").exists() and not home.facts_file.exists():
            raise NotADemoError(
                f"{home.folder} holds a ledger of your own. Set CARBONLEDGER_HOME to another folder for the demo."
            )
        home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

    @property
    def facts_file(self) -> Path:
        return self.folder / "demo.json"

    @property
    def sandbox_file(self) -> Path:
        return self.folder / "sandbox.json"

    @property
    def stripe_file(self) -> Path:
        return self.folder / "stripe.json"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def facts(self, *, days: int, now: datetime) -> DemoFacts:
        """As they were made on the first run; `days` counts then only. A demo of before there were plans gets its own
        now.
        """
        kept = json.loads(self.facts_file.read_text()) if self.facts_file.exists() else {}
        start = floor_to_day(now).timestamp() - days * 86_400
        made = {
            "email": EMAIL,
            "password": random_token()[:16],
            "usage_from": datetime.fromtimestamp(start, tz=now.tzinfo).isoformat(),
            "paid_from": _two_months_before(now).isoformat(),
            "seed": 2026,
        } | kept
        if made != kept:
            fresh = self.facts_file.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(made, file)
            fresh.rename(self.facts_file)
        return DemoFacts(**made)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While this process runs the demo here. The lock goes when the process does, however it ends.

        Raises DemoRunsError, which names the process and its page.
        """
        with (self.folder / "demo.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise DemoRunsError(f"The demo runs already: {holder}. Stop it there, or open its page.") from None
            yield

    def announce(self, text: str) -> None:
        """Who holds the lock, for a second demo to tell."""
        (self.folder / "demo.lock").write_text(text)


def _two_months_before(now: datetime) -> datetime:
    """The first of the month before the last one, 00:00 UTC."""
    first = floor_to_day(now).replace(day=1)
    for _ in range(2):
        first = (first - timedelta(days=1)).replace(day=1)
    return first
