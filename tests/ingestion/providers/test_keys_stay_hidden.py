"""A key is in no exception, no traceback with all its local variables, and no log line, whatever goes wrong."""

import logging
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from pydantic import SecretStr

from core.errors import CarbonLedgerError
from core.http_client import HttpClient
from core.settings import Settings
from ingestion.providers.anthropic_usage import AnthropicUsage
from ingestion.providers.openai_usage import OpenAIUsage
from ingestion.providers.openrouter_usage import OpenRouterUsage
from ingestion.providers.protocol import UsageProvider
from ingestion.providers.registry import usage_providers
from ingestion.usage_row import ProviderName
from tests.ingestion.providers.wire import NOW, TWO_HOURS, run

HIDDEN = "7hE-hIdDeN-pArT"
KEYS = {
    ProviderName.OPENAI: f"sk-admin-{HIDDEN}",
    ProviderName.ANTHROPIC: f"sk-ant-admin01-{HIDDEN}",
    ProviderName.OPENROUTER: f"sk-or-v1-{HIDDEN}",
}
ECHO = {"error": {"message": f"Incorrect API key provided: sk-{HIDDEN}", "type": HIDDEN, "code": HIDDEN}}

ANSWERS = [
    *(httpx.Response(status, json=ECHO) for status in (302, 400, 401, 403, 404, 408, 429, 500)),
    httpx.Response(200, json={"data": 0}),
    httpx.Response(200, text="<html>"),
    httpx.Response(200, content=b"x", headers={"Content-Encoding": "gzip"}),
    httpx.ConnectError(f"refused {HIDDEN}"),
    httpx.ReadTimeout(f"slow {HIDDEN}"),
    httpx.LocalProtocolError(f"Illegal header value b'Bearer {HIDDEN}'"),
]


def provider_of(name: ProviderName, http: HttpClient) -> UsageProvider:
    providers: tuple[UsageProvider, ...] = (
        OpenAIUsage("https://provider.test/v1", http=http),
        AnthropicUsage("https://provider.test", http=http),
        OpenRouterUsage("https://provider.test/api/v1", http=http),
    )
    return next(provider for provider in providers if provider.name is name)


def everything_of(error: BaseException) -> str:
    """All that a log, an error tracker or a debugger could show of an exception and of those behind it."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The tests' own frames hold the key in clear; those of the product and of its libraries are looked at.
    trace.stack[:] = [frame for frame in trace.stack if "/tests/" not in frame.filename]
    assert trace.stack
    return "".join(trace.format()) + f"{error!r} {error} {vars(error)!r}"


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("response", ANSWERS, ids=lambda answer: str(getattr(answer, "status_code", type(answer))))
def test_no_failure_shows_the_key(
    name: ProviderName, response: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(response, httpx.TransportError):
            response.request = request
            raise response
        assert isinstance(response, httpx.Response)
        return response

    provider = provider_of(name, HttpClient(user_agent="test", transport=httpx.MockTransport(answer)))
    with caplog.at_level(logging.DEBUG), pytest.raises(CarbonLedgerError) as refusal:
        run(_read(provider, SecretStr(KEYS[name])))
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None
    assert HIDDEN not in everything_of(refusal.value)
    assert HIDDEN not in caplog.text


@pytest.mark.parametrize("text", [f"sk-{HIDDEN}\n", f"sk {HIDDEN}", f"sk-{HIDDEN}é"])
@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_no_header_can_hold_is_not_shown(name: ProviderName, text: str) -> None:
    with pytest.raises(CarbonLedgerError) as refusal:
        run(_read(provider_of(name, HttpClient(user_agent="test")), SecretStr(text)))
    assert HIDDEN not in everything_of(refusal.value)


@pytest.fixture
def refusing_server() -> Iterator[str]:
    """A real server that answers 401 to everything; its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing: the test reads the client's log."""


@pytest.mark.parametrize("name", KEYS)
def test_no_log_line_of_a_real_exchange_shows_the_key(
    name: ProviderName, refusing_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(
        _env_file=None,
        openai_base_url=refusing_server,
        anthropic_base_url=refusing_server,
        openrouter_base_url=refusing_server,
    )
    provider = usage_providers(settings)[name]
    with caplog.at_level(logging.DEBUG), pytest.raises(CarbonLedgerError) as refusal:
        run(_read(provider, SecretStr(KEYS[name])))
    assert "send_request_headers" in caplog.text, "the HTTP library did log"
    assert HIDDEN not in caplog.text
    assert HIDDEN not in everything_of(refusal.value)


async def _read(provider: UsageProvider, key: SecretStr) -> None:
    stream = provider.streams(provider.usage_endpoints[0])[0]
    await provider.fetch(key, stream=stream, window=TWO_HOURS, now=NOW)
