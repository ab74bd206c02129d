"""A download's thread ends with its audience: gone, too slow, or cut off by the server's stop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from starlette.types import Message

from app.api.downloads import Download, DownloadSlots

SCOPE = {"type": "http", "http_version": "1.1"}
NEVER = timedelta(days=1)
AT_ONCE = timedelta(0)


class Endless:
    """A file without an end, and whether what it had open was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    @contextmanager
    def opening(self) -> Iterator[Iterator[bytes]]:
        try:
            yield iter(lambda: b"chunk", b"")
        finally:
            self.closed.set()


def download(endless: Endless, *, longest_pause: timedelta = NEVER, longest: timedelta = NEVER) -> Download:
    return Download(
        endless.opening,
        slots=DownloadSlots(),
        org_id=1,
        media_type="text/csv",
        file_name="a.csv",
        longest_pause=longest_pause,
        longest=longest,
    )


async def _stays() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def _takes(message: Message) -> None:
    del message


async def _takes_nothing(message: Message) -> None:
    del message
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("send", "patience"),
    [
        (_takes_nothing, {"longest_pause": AT_ONCE}),
        (_takes, {"longest": AT_ONCE}),
        (_takes_nothing, {"longest": AT_ONCE}),
    ],
    ids=["takes nothing", "takes too long in all", "takes nothing to the end"],
)
def test_who_is_too_slow_is_left(send: Callable[[Message], Awaitable[None]], patience: dict[str, timedelta]) -> None:
    endless = Endless()
    asyncio.run(download(endless, **patience)(SCOPE, _stays, send))
    assert endless.closed.is_set()


def test_a_file_that_was_left_has_no_end() -> None:
    endless, sent = Endless(), list[Message]()

    async def receive() -> Message:
        while len(sent) < 3:
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(download(endless)(SCOPE, receive, send))
    assert endless.closed.is_set()
    assert [message["type"] for message in sent[:2]] == ["http.response.start", "http.response.body"]
    assert all(message["more_body"] for message in sent[1:])


def test_a_stop_of_the_server_ends_the_thread() -> None:
    endless = Endless()

    async def stopped() -> None:
        began = asyncio.Event()

        async def send(message: Message) -> None:
            del message
            began.set()

        answering = asyncio.create_task(download(endless)(SCOPE, _stays, send))
        await began.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        await asyncio.to_thread(endless.closed.wait)

    asyncio.run(stopped())
