"""What every provider client offers, and the errors that it raises (all of them say what the user can do).

PermanentError                        TransientError
├── KeyRefusedError      401          ├── RateLimitedError (retry_after)
├── WrongKeyKindError                 └── ProviderUnavailableError
├── MissingScopeError    403
└── UnreadableAnswerError             a field is absent, or a page list does not end
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from core.errors import PermanentError, TransientError
from ingestion.usage_row import (
    AccountIdentity,
    DayCost,
    DayTotals,
    FetchedWindow,
    ProviderName,
    StreamKind,
    UsageWindow,
)


class KeyRefusedError(PermanentError):
    """The provider does not know the key, or it was revoked."""

    code = "key-refused"


class WrongKeyKindError(PermanentError):
    """A real key of the wrong kind: a project key where an admin (or management) key is needed."""

    code = "wrong-key-kind"


class MissingScopeError(PermanentError):
    """An admin key without the permission to read usage."""

    code = "missing-scope"


class UnreadableAnswerError(PermanentError):
    """The provider answered in a shape that we do not know; nothing of it was stored. `field` is the one at fault."""

    code = "unreadable-answer"

    def __init__(self, sentence: str, *, endpoint: str | None = None, field: str | None = None) -> None:
        self.endpoint, self.field = endpoint, field
        super().__init__(sentence)


class RateLimitedError(TransientError):
    code = "rate-limited"

    def __init__(self, sentence: str, *, retry_after: timedelta | None) -> None:
        self.retry_after = retry_after
        super().__init__(sentence)


class ProviderUnavailableError(TransientError):
    """Time-outs, refused connections, 5xx. `retry_after` if the provider said when to come back."""

    code = "provider-unavailable"

    def __init__(self, sentence: str, *, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(sentence)


class UsageProvider(Protocol):
    """One provider's usage API. Holds a base URL and a rate limit; knows no key but the one in each call.

    Every call opens and closes its own HTTP connections, so one object serves any number of event loops and threads.
    """

    name: ProviderName
    usage_endpoints: Sequence[str]
    """Names of the choices of `ops.provider_accounts.usage_endpoint`, the default first."""

    def streams(self, usage_endpoint: str) -> Sequence[StreamKind]:
        """The streams to read for this choice, one an endpoint family."""
        ...

    async def identify(self, key: SecretStr, *, usage_endpoint: str, now: datetime) -> AccountIdentity:
        """Prove that the key reads usage, and say whose: one small read of each endpoint that polling will need."""
        ...

    async def fetch(self, key: SecretStr, *, stream: StreamKind, window: UsageWindow, now: datetime) -> FetchedWindow:
        """Every row of the window, all pages. Retries nothing: the poller decides. Raises the errors above.

        A window longer than `longest_window`, or off the grid of buckets, is a ValueError. `now` is what a Retry-After
        date is measured from.
        """
        ...

    async def day_totals(
        self, key: SecretStr, *, usage_endpoint: str, window: UsageWindow, now: datetime
    ) -> Sequence[DayTotals]:
        """Totals of each whole UTC day of the window (at most 31), asked for apart from usage: at the width of a day,
        without grouping. A day without usage has totals of 0. Raises the errors above.
        """
        ...

    async def day_costs(self, key: SecretStr, *, window: UsageWindow, now: datetime) -> Sequence[DayCost]:
        """What each whole UTC day of the window (at most 31) cost, read from the provider's own costs and never worked
        out of usage. A day without cost is 0; a day that the provider says nothing of is absent. MissingScopeError or
        WrongKeyKindError where the key may read usage and not this. Raises the errors above.
        """
        ...

    def history(self, stream: StreamKind, *, now: datetime) -> datetime:
        """The oldest instant (UTC midnight) that the provider may still know for this stream."""
        ...

    def settled_before(self, stream: StreamKind, *, now: datetime) -> datetime:
        """Buckets that end at or before this instant may be read: closed hours, or completed days."""
        ...

    def longest_window(self, stream: StreamKind) -> timedelta:
        """The longest span to ask for in one fetch."""
        ...
