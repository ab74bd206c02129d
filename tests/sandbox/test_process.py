"""The sandbox as a process: says when it is ready, refuses bad input with a sentence, and ends when it should."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from sandbox.__main__ import main
from tests.sandbox_process import REPOSITORY, an_account

NOW = "2026-11-22T12:30:00Z"


@contextmanager
def start(config: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The process; killed at the end if it still runs."""
    command = [sys.executable, "-m", "sandbox", "usage", "--config", str(config), *arguments]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def written(folder: Path, config: object) -> Path:
    file = folder / "sandbox.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_stops_on_a_signal(tmp_path: Path, stop: signal.Signals) -> None:
    ready = tmp_path / "ready"
    config = written(tmp_path, {"now": NOW, "accounts": [an_account("openai")]})
    with start(config, "--ready-file", str(ready)) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line == f"ready {ready.read_text()}"
        url = line.removeprefix("ready ")
        assert httpx.get(f"{url}/_sandbox/clock").json() == {"now": "2026-11-22T12:30:00+00:00"}
        process.send_signal(stop)
        process.communicate(timeout=60)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/_sandbox/clock")


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    config = written(tmp_path, {"now": NOW, "accounts": [an_account("openai")]})
    ready = tmp_path / "ready"
    parent_code = (
        "import subprocess, sys, time; child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "print(child.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-m", "sandbox", "usage", "--config", str(config), "--ready-file", str(ready)]
    with subprocess.Popen(
        [sys.executable, "-c", parent_code, *command], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        try:
            wait_until(ready.exists)
        finally:
            parent.kill()
    gone, _ = psutil.wait_procs([child], timeout=60)
    assert gone == [child]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("trace", "sentence"),
    [
        (None, "No such file or directory"),
        (b"", "it has no requests"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b'{"timestamp": 1}\n', "line 1, input_length: Field required"),
        (
            b'{"timestamp": 1, "input_length": 5, "output_length": 5, "hash_ids": [0]}\nnot json\n',
            "line 2, the line: Invalid JSON",
        ),
        (
            b'{"timestamp": 1, "input_length": "5", "output_length": 5, "hash_ids": [0]}\n',
            "line 1, input_length: Input should be a valid integer",
        ),
    ],
    ids=["absent", "empty", "binary", "field missing", "not JSON", "string count"],
)
def test_an_unreadable_trace_is_refused_with_its_name_and_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trace: bytes | None, sentence: str
) -> None:
    if trace is not None:
        (tmp_path / "trace.jsonl").write_bytes(trace)
    usage = {"trace": "trace.jsonl", "starts_at": "2026-11-19T00:00:00Z"}
    config = written(tmp_path, {"accounts": [an_account("openai", usage=usage)]})
    assert main(["usage", "--config", str(config)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"sandbox: cannot read the trace {tmp_path / 'trace.jsonl'}: ")
    assert sentence in said


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"provider": "deepmind"}, "accounts.0.provider"),
        ({"colour": "red"}, "accounts.0.colour"),
        ({"projects": 0}, "accounts.0.projects"),
        ({"keys": [{"key": "sk-admin-same-key"}, {"key": "sk-admin-same-key"}]}, "a key is given twice"),
        (
            {"usage": {"generate": {"seed": 1, "starts_at": "2026-11-19T00:00:00"}}},
            "accounts.0.usage.generate.generate.starts_at",
        ),
    ],
    ids=["provider", "unknown field", "no project", "key twice", "no zone"],
)
def test_a_wrong_configuration_is_refused_with_the_place_and_without_its_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], place: str
) -> None:
    config = written(tmp_path, {"accounts": [an_account("openai") | changes]})
    assert main(["usage", "--config", str(config)]) == 2
    said = capsys.readouterr().err
    assert place in said
    assert "sk-admin" not in said


def test_an_absent_configuration_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = tmp_path / "nothing.json"
    assert main(["usage", "--config", str(absent)]) == 2
    assert capsys.readouterr().err == f"sandbox: cannot read the configuration {absent}: No such file or directory\n"


def test_a_taken_port_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = written(tmp_path, {"accounts": [an_account("openai")]})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["usage", "--config", str(config), "--port", str(port)]) == 2
    assert capsys.readouterr().err == f"sandbox: cannot listen on 127.0.0.1:{port}: Address already in use\n"
