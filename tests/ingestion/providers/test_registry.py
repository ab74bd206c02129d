import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from core.settings import Settings
from ingestion.providers.registry import usage_providers
from ingestion.usage_row import ProviderName
from tests.ingestion.providers.recorded import (
    ANTHROPIC_MESSAGES,
    NO_WORKSPACES,
    OPENAI_COMPLETIONS,
    OPENROUTER_ANALYTICS,
    Json,
)
from tests.ingestion.providers.wire import NOW, TWO_HOURS, run, secret

PAGES: dict[str, Json] = {
    "/openai/v1/organization/usage/completions": OPENAI_COMPLETIONS,
    "/anthropic/v1/organizations/usage_report/messages": ANTHROPIC_MESSAGES,
    "/openrouter/api/v1/analytics/query": OPENROUTER_ANALYTICS,
    "/openrouter/api/v1/activity": {"data": []},
    "/openrouter/api/v1/workspaces": NO_WORKSPACES,
}


class _Provider(BaseHTTPRequestHandler):
    seen: ClassVar[set[str | None]] = set()

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.seen.add(self.headers["User-Agent"])
        body = json.dumps(PAGES[self.path.partition("?")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_provider_is_read_at_the_address_of_the_settings(server: str) -> None:
    providers = usage_providers(
        Settings(
            _env_file=None,
            public_url="https://carbon.example",
            openai_base_url=f"{server}/openai/v1",
            anthropic_base_url=f"{server}/anthropic/",
            openrouter_base_url=f"{server}/openrouter/api/v1",
        )
    )
    assert set(providers) == set(ProviderName)
    read = {}
    for name, provider in providers.items():
        assert provider.name is name
        stream = provider.streams(provider.usage_endpoints[0])[0]
        read[name.value] = len(run(provider.fetch(secret("sk-1"), stream=stream, window=TWO_HOURS, now=NOW)).rows)
    assert read == {"openai": 2, "anthropic": 2, "openrouter": 1}
    assert _Provider.seen == {"CarbonLedger/0.1 (+https://carbon.example)"}
