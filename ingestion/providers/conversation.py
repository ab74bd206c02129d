"""One key's talk with one provider: every answer is the JSON of a 200, or one of the protocol's errors.

    401 403 400…   what the provider's own `refusal` makes of it
    429            RateLimitedError, with Retry-After
    408 409 425 5xx, no answer   ProviderUnavailableError
    all else       UnreadableAnswerError (a redirect too: keys follow none)

Error bodies are read to tell the cases apart, and then dropped: they are in no sentence and no log.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import SecretStr

from core.errors import CarbonLedgerError
from core.http_client import (
    HttpAnswer,
    HttpAnswerTooLargeError,
    HttpClient,
    HttpSession,
    HttpUnreachableError,
    retry_after,
)
from core.rate_limiter import RateLimiter
from ingestion.providers.page import Json, Origin, decode
from ingestion.providers.protocol import KeyRefusedError, ProviderUnavailableError, RateLimitedError

Refusal = Callable[[HttpAnswer, SecretStr], CarbonLedgerError | None]
"""What a provider's refusal means; None where the status alone says it."""

_BUSY = frozenset({408, 409, 425})

_LATER = "Try again in some minutes; polls do so by themselves."


@dataclass(frozen=True, slots=True)
class Line:
    """What one provider's conversations share: where it is, how it is spoken to, how often."""

    provider: str
    base_url: str
    http: HttpClient
    limiter: RateLimiter
    secret_headers: Callable[[SecretStr], Mapping[str, SecretStr]]
    refusal: Refusal
    headers: Mapping[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def open(self, key: SecretStr, *, now: datetime) -> AsyncIterator["Conversation"]:
        """A conversation over HTTP connections of its own, closed at the end. KeyRefusedError for what is no key."""
        if not _fits_a_header(key):
            raise KeyRefusedError(
                f"This is not a key of {self.provider}: keys have no spaces and no special characters. Copy it again."
            )
        async with self.http.session() as session:
            yield Conversation(self, session, key, now)


class Conversation:
    """Questions asked with one key, one after the other."""

    def __init__(self, line: Line, session: HttpSession, key: SecretStr, now: datetime) -> None:
        self._line = line
        self._session = session
        self._key = key
        self._now = now
        self._subject = hashlib.sha256(key.get_secret_value().encode()).hexdigest()

    async def get(
        self,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        *,
        headers: Mapping[str, str] | None = None,
        exact: bool = False,
    ) -> Json:
        """The answer to GET `path`; `exact`: with fractions as Decimal. Raises the errors above."""
        return await self._ask("GET", path, params=params, headers=headers, exact=exact)

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """The answer to POST `path`. Raises the errors above."""
        return await self._ask("POST", path, body=body)

    async def _ask(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        exact: bool = False,
    ) -> Json:
        line, origin = self._line, Origin(self._line.provider, path)
        await line.limiter.turn(self._subject)
        failure: CarbonLedgerError
        try:
            answer = await self._session.send(
                method,
                f"{line.base_url.rstrip('/')}/{path}",
                secret_headers=line.secret_headers(self._key),
                headers={**line.headers, **(headers or {})},
                params=params,
                body=body,
            )
        except HttpUnreachableError:
            failure = ProviderUnavailableError(f"{line.provider} could not be reached. {_LATER}")
        except HttpAnswerTooLargeError:
            failure = origin.unreadable("body", "is larger than any usage report")
        else:
            if answer.status == 200:
                return decode(answer.body, origin=origin, exact=exact)
            failure = line.refusal(answer, self._key) or failure_of(answer, origin=origin, now=self._now)
        raise failure


def _fits_a_header(key: SecretStr) -> bool:
    """Whether the HTTP library takes the key: what it refuses, it quotes in its exception."""
    return re.fullmatch(r"[!-~]+", key.get_secret_value()) is not None


def failure_of(answer: HttpAnswer, *, origin: Origin, now: datetime) -> CarbonLedgerError:
    """The error that any provider's status means by itself."""
    wait = retry_after(answer.headers, now=now)
    if answer.status == 429:
        return RateLimitedError(f"{origin.provider} asks for fewer questions. {_LATER}", retry_after=wait)
    if answer.status >= 500 or answer.status in _BUSY:
        return ProviderUnavailableError(
            f"{origin.provider} has a problem of its own (status {answer.status}). {_LATER}",
            retry_after=wait,
        )
    return origin.unreadable(f"status {answer.status}", "is none that this question is documented to have")
