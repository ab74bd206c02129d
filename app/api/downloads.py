"""Files made while they are sent: a thread makes the chunks, the event loop sends each one before the next is made.

Nothing is sent before the first chunk is there, so what cannot be opened is answered as a problem. Afterwards a failure
closes the connection without the last chunk, and every HTTP/1.1 client knows that the file is not whole. A client that
leaves, or that takes nothing for a minute, ends the thread's work, and with it whatever it had open.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import anyio
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from core.errors import PermanentError, TransientError

AT_ONCE = 3
"""Each holds a database connection of the pool's ten and one of forty threads, and keeps a core busy: the rest is for
everybody else."""
AT_ONCE_FOR_ONE_ORGANIZATION = 2
LONGEST_PAUSE = timedelta(minutes=1)
"""A client that takes nothing for so long has left without saying so. Chunks are about half a megabyte."""
LONGEST = timedelta(hours=1)
"""Five million rows take some minutes. A build that replaces the table has to wait for whoever reads it."""

_log = logging.getLogger("carbonledger.api")


class TooManyDownloadsError(TransientError):
    code = "too-many-downloads"

    def __init__(self) -> None:
        super().__init__("Other downloads are running. Try again when one of them has ended.")


class OldHttpError(PermanentError):
    code = "old-http"

    def __init__(self) -> None:
        super().__init__(
            "Downloads need HTTP/1.1: with 1.0 a file that breaks off looks whole. In nginx: proxy_http_version 1.1."
        )


class _AudienceLeftError(Exception):
    """Raised in the thread, to end its work."""


class DownloadSlots:
    """How many downloads run in this process. Used from the event loop alone, so it needs no lock."""

    def __init__(self) -> None:
        self._running: Counter[int] = Counter()

    @contextmanager
    def slot(self, org_id: int) -> Iterator[None]:
        """Raises TooManyDownloadsError."""
        if self._running.total() >= AT_ONCE or self._running[org_id] >= AT_ONCE_FOR_ONE_ORGANIZATION:
            raise TooManyDownloadsError
        self._running[org_id] += 1
        try:
            yield
        finally:
            self._running[org_id] -= 1


class Download(Response):
    """The answer whose body is the chunks of the block that `opening` opens; all of it happens in one thread."""

    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[Iterator[bytes]]],
        *,
        slots: DownloadSlots,
        org_id: int,
        media_type: str,
        file_name: str,
        headers: Mapping[str, str] | None = None,
        longest_pause: timedelta = LONGEST_PAUSE,
        longest: timedelta = LONGEST,
    ) -> None:
        """`file_name` is ours: ASCII letters, digits, dots and dashes."""
        self._opening = opening
        self._slots = slots
        self._org_id = org_id
        self._longest_pause = longest_pause
        self._longest = longest
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers({"Content-Disposition": f'attachment; filename="{file_name}"'} | dict(headers or {}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises what `opening` raises, OldHttpError and TooManyDownloadsError, before anything is sent."""
        if scope["http_version"] == "1.0":
            raise OldHttpError
        audience = _Audience(send, longest_pause=self._longest_pause, longest=self._longest)
        with self._slots.slot(self._org_id):
            leaving = asyncio.create_task(audience.leave(receive))
            try:
                await anyio.to_thread.run_sync(self._make, audience)
            except _AudienceLeftError:
                _log.info("a download ended before its end: its client had left, or was too slow")
            finally:
                audience.has_left = True  # a thread that outlives a cancelled request stops at its next chunk
                leaving.cancel()

    def _make(self, audience: "_Audience") -> None:
        with self._opening() as chunks:
            anyio.from_thread.run(
                audience.take,
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers},
            )
            for chunk in chunks:
                anyio.from_thread.run(audience.take, {"type": "http.response.body", "body": chunk, "more_body": True})
        anyio.from_thread.run(audience.take, {"type": "http.response.body", "body": b"", "more_body": False})


class _Audience:
    """Who the file is sent to."""

    def __init__(self, send: Send, *, longest_pause: timedelta, longest: timedelta) -> None:
        self.has_left = False
        self._send = send
        self._longest_pause = longest_pause.total_seconds()
        self._until = anyio.current_time() + longest.total_seconds()

    async def leave(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.has_left = True

    async def take(self, message: Message) -> None:
        """Raises _AudienceLeftError if nobody is there any more, or takes too long over it."""
        until = min(self._until, anyio.current_time() + self._longest_pause)
        with anyio.move_on_at(until) as waiting:
            await self._send(message)
        if self.has_left or waiting.cancel_called:
            raise _AudienceLeftError
