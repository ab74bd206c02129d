"""The way out: HTTP calls that carry a secret, and answers that are read whole or not at all.

HttpClient -> session() (one connection pool, for one event loop) -> send() -> HttpAnswer, whatever its status.

    HttpUnreachableError (transient)     no whole answer: refused, reset, timed out, undecodable
    HttpAnswerTooLargeError (permanent)  more bytes than anybody should answer

Redirects are answers, never followed: a key goes to the host that it was meant for. Neither error holds the request,
the answer, or the exception of the HTTP library, because that one holds the headers and so the secret.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Literal

import httpx
from pydantic import SecretStr

from core.errors import PermanentError, TransientError

_WAITS = httpx.Timeout(60, connect=10)
_DEADLINE = timedelta(seconds=120)  # of one exchange; the waits above start again with each byte that drips in
_LARGEST_ANSWER_BYTES = 64 * 2**20  # 1,000 rows of usage are about 1 MB
_LONGEST_RETRY_AFTER = timedelta(days=1)


class HttpUnreachableError(TransientError):
    code = "unreachable"


class HttpAnswerTooLargeError(PermanentError):
    code = "answer-too-large"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer of any status. The body stays out of the repr: an error body may echo a part of the key."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class HttpSession:
    """Calls over one connection pool, inside the event loop that opened it."""

    def __init__(self, client: httpx.AsyncClient, *, deadline: timedelta, largest_answer_bytes: int) -> None:
        self._client = client
        self._deadline = deadline
        self._largest_answer_bytes = largest_answer_bytes

    async def send(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        secret_headers: Mapping[str, SecretStr],
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
    ) -> HttpAnswer:
        """The answer, read whole. `body` is sent as JSON. Raises the two errors above, and nothing for a status."""
        request = self._client.build_request(method, url, headers=headers, params=list(params), json=body)
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._exchange(request, secret_headers)
        except (TimeoutError, httpx.TimeoutException):
            reason = "did not answer in time"
        except httpx.ConnectError:
            reason = "refused the connection or could not be found"
        except httpx.HTTPError:
            reason = "broke off before the answer was whole"
        # Raised out here: inside an except block the library's exception would hang on as __context__.
        raise HttpUnreachableError(f"{request.url.host} {reason}.")

    async def _exchange(self, request: httpx.Request, secret_headers: Mapping[str, SecretStr]) -> HttpAnswer:
        response = await self._client.send(request, auth=_SecretHeaders(secret_headers), stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._largest_answer_bytes:
                    raise HttpAnswerTooLargeError(
                        f"{request.url.host} answered with more than {self._largest_answer_bytes:,} bytes."
                    )
            return HttpAnswer(response.status_code, response.headers, bytes(body))
        finally:
            await response.aclose()


class HttpClient:
    """What all sessions share: who we say we are, how long we wait, how much we read. Safe for any thread and loop."""

    def __init__(
        self,
        *,
        user_agent: str,
        deadline: timedelta = _DEADLINE,
        largest_answer_bytes: int = _LARGEST_ANSWER_BYTES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._deadline = deadline
        self._largest_answer_bytes = largest_answer_bytes
        self._transport = transport

    @asynccontextmanager
    async def session(self) -> AsyncIterator[HttpSession]:
        # trust_env=False: no proxy, no certificate file and no .netrc is taken from the environment unseen.
        async with httpx.AsyncClient(
            headers={"User-Agent": self._user_agent, "Accept": "application/json"},
            timeout=_WAITS,
            follow_redirects=False,
            trust_env=False,
            transport=self._transport or httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False),
        ) as client:
            yield HttpSession(client, deadline=self._deadline, largest_answer_bytes=self._largest_answer_bytes)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context(trust_env=False)  # 20 ms to make, so made once


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long the answer asks to be left alone, at most a day; None if unsaid. RFC 9110, 10.2.3: seconds or a date."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=int(text)) if len(text) <= 9 else _LONGEST_RETRY_AFTER
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), _LONGEST_RETRY_AFTER)


class _SecretHeaders(httpx.Auth):
    """Sets the secret headers as late as possible, so that no frame or repr of ours holds them in clear."""

    def __init__(self, secrets: Mapping[str, SecretStr]) -> None:
        self._secrets = secrets

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for name, secret in self._secrets.items():
            request.headers[name] = secret.get_secret_value()
        yield request
