"""`carbonledger-server serve` as a process: which port, which half, and how it stops."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from core.settings import Settings, child_environment

pytestmark = pytest.mark.database
ROOT = Path(__file__).parents[2]


@contextmanager
def serving(settings: Settings, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its URL; it is stopped with SIGTERM, and has to end well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--no-worker", *arguments],
        cwd=ROOT,
        env=child_environment(settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            said = re.fullmatch(r"CarbonLedger listens on (http://\S+)\n", process.stdout.readline())
            assert said is not None
            yield process, said[1]
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
    assert code == 0


@pytest.fixture
def settings(home: Path, database_url: str) -> Settings:
    return Settings(home=home, database_url=database_url, _env_file=None)


def test_one_port_answers_for_the_api_and_the_pages(settings: Settings) -> None:
    with serving(settings, "--port", "0") as (_, url):
        assert httpx.get(f"{url}/health", timeout=60).json()["database"]["status"] == "ok"
        assert httpx.get(f"{url}/openapi.json", timeout=60).json()["info"]["title"] == "CarbonLedger"
        sent = httpx.get(url, timeout=60)
        assert (sent.status_code, sent.headers["location"]) == (303, "/auth/login?next=/")
        assert httpx.get(f"{url}/auth/login", timeout=60).status_code == 200
        assert httpx.get(f"{url}/_stcore/health", timeout=60).text == "ok"


def test_only_a_page_of_ours_opens_the_dashboards_socket(settings: Settings) -> None:
    """Another port of this machine is another site's page, though browsers send it our cookie."""
    with serving(settings, "--port", "0") as (_, url):
        ours = [None, url, settings.public_url]
        foreign = ["http://127.0.0.1:9", "http://localhost:9", "http://evil.test", "null"]
        assert [_handshake(url, origin) for origin in ours] == [101] * 3
        assert [_handshake(url, origin) for origin in foreign] == [403] * 4


def _handshake(url: str, origin: str | None) -> int:
    """The status that a WebSocket handshake gets; 101 opens it."""
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} | ({} if origin is None else {"Origin": origin})
    with httpx.stream("GET", f"{url}/_stcore/stream", headers=headers, timeout=60) as answer:
        return answer.status_code


def test_the_sidecar_is_the_api_alone(settings: Settings) -> None:
    with serving(settings, "--api-only", "--port", "0") as (_, url):
        assert httpx.get(f"{url}/health", timeout=60).status_code == 200
        assert httpx.get(f"{url}/_stcore/health", timeout=60).status_code == 404
        assert httpx.get(url, timeout=60).headers["content-type"] == "application/problem+json"


def test_the_sidecar_imports_no_streamlit(settings: Settings) -> None:
    script = (
        "import sys; from app.server import create_server; from app.server_context import server_context;"
        "from core.settings import Settings; create_server(server_context(Settings()), surface='api');"
        "print('streamlit' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=child_environment(settings),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "False\n"


def test_a_port_that_was_asked_for_and_is_taken_ends_the_command(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
            cwd=ROOT,
            env=child_environment(settings),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"error: Port {port} is taken on 127.0.0.1.")
