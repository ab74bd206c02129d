import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from core.http_client import HttpAnswer, HttpAnswerTooLargeError, HttpClient, HttpUnreachableError, retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRET = {"x-api-key": SecretStr("the key")}


def send(client: HttpClient, url: str = "https://provider.test/usage") -> HttpAnswer:
    async def once() -> HttpAnswer:
        async with client.session() as session:
            return await session.send("GET", url, secret_headers=SECRET, params=[("a[]", "1"), ("a[]", "2")])

    return asyncio.run(once())


def answering(response: httpx.Response, seen: list[httpx.Request] | None = None, **options: object) -> HttpClient:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return response

    return HttpClient(user_agent="CarbonLedger/0.1", transport=httpx.MockTransport(answer), **options)  # type: ignore[arg-type]


def test_an_answer_of_any_status_comes_back_whole() -> None:
    seen: list[httpx.Request] = []
    answer = send(answering(httpx.Response(418, text="short and stout", headers={"Retry-After": "3"}), seen))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (418, b"short and stout", "3")
    (request,) = seen
    assert str(request.url) == "https://provider.test/usage?a%5B%5D=1&a%5B%5D=2"
    assert (request.headers["x-api-key"], request.headers["user-agent"]) == ("the key", "CarbonLedger/0.1")


def test_the_body_of_an_answer_is_not_in_its_repr() -> None:
    assert "stout" not in repr(send(answering(httpx.Response(401, text="short and stout"))))


def test_a_redirect_is_not_followed() -> None:
    seen: list[httpx.Request] = []
    answer = send(answering(httpx.Response(302, headers={"Location": "https://elsewhere.test/"}), seen))
    assert (answer.status, len(seen)) == (302, 1)


def test_an_answer_above_the_cap_is_refused() -> None:
    assert send(answering(httpx.Response(200, content=b"x" * 100), largest_answer_bytes=100)).body == b"x" * 100
    with pytest.raises(HttpAnswerTooLargeError, match="more than 100 bytes"):
        send(answering(httpx.Response(200, content=b"x" * 101), largest_answer_bytes=100))


def test_the_cap_counts_what_an_answer_unpacks_to() -> None:
    packed = httpx.Response(200, content=gzip.compress(b"x" * 10_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(HttpAnswerTooLargeError):
        send(answering(packed, largest_answer_bytes=1_000))


def test_an_answer_that_drips_is_given_up_at_the_deadline() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    client = answering(httpx.Response(200, content=drip()), deadline=timedelta(milliseconds=50))
    with pytest.raises(HttpUnreachableError, match="in time"):
        send(client)


def test_a_server_that_is_not_there_is_unreachable() -> None:
    async def closed_port() -> int:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return port

    url = f"http://127.0.0.1:{asyncio.run(closed_port())}/usage"
    with pytest.raises(HttpUnreachableError, match=r"127\.0\.0\.1 refused") as refusal:
        send(HttpClient(user_agent="test"), url)
    assert refusal.value.__context__ is None


def test_a_connection_that_is_cut_in_the_middle_of_an_answer_is_unreachable() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def once() -> None:
        server = await asyncio.start_server(cut, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/usage"
        async with server, HttpClient(user_agent="test").session() as session:
            await session.send("GET", url, secret_headers=SECRET)

    with pytest.raises(HttpUnreachableError, match="broke off"):
        asyncio.run(once())


def test_a_proxy_of_the_environment_gets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def once() -> HttpAnswer:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/usage"
        async with server, HttpClient(user_agent="test").session() as session:
            return await session.send("GET", url, secret_headers=SECRET)

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert asyncio.run(once()).body == b"{}"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "0"}, timedelta(0)),
        ({"retry-after": " 120 "}, timedelta(minutes=2)),
        ({"retry-after": "9" * 5_000}, timedelta(days=1)),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, timedelta(seconds=30)),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30"}, timedelta(seconds=30)),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, timedelta(0)),
        ({"retry-after": "Sun, 22 Nov 2099 11:00:00 GMT"}, timedelta(days=1)),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: Mapping[str, str], wait: timedelta | None) -> None:
    assert retry_after(headers, now=NOW) == wait
