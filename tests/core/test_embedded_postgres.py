"""The embedded server as several processes use it: real starts, joins, kills and stops."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.database import connect, fetch_one
from core.embedded_cluster import EmbeddedServerError
from core.embedded_postgres import start_embedded_postgres
from core.errors import InvalidInputError
from tests.source_tree import ROOT


class EmbeddedUser:
    """One process that uses the server under `home`; see embedded_user.py."""

    def __init__(self, home: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.core.embedded_user", str(home)],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def started(self) -> tuple[str, psutil.Process]:
        """The connection string and the server's process, once this user has it."""
        said = json.loads(self._answer())
        return said["url"], psutil.Process(said["server"])

    def databases(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("query\n")
        self._process.stdin.flush()
        return int(self._answer())

    def kill(self) -> None:
        self._process.kill()
        self.end()

    def end(self) -> None:
        self._process.__exit__(None, None, None)  # closes its input, which ends it, and waits

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


Start = Callable[..., EmbeddedUser]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Not among pytest's folders: a second run closes those to other users, and a server started by root is one."""
    with tempfile.TemporaryDirectory(prefix="carbonledger-tests-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    users: list[EmbeddedUser] = []

    def start(home: Path, **environment: str) -> EmbeddedUser:
        users.append(EmbeddedUser(home, **environment))
        return users[-1]

    yield start
    for user in users:
        user.end()


def test_processes_that_start_at_once_share_a_server_that_stops_with_the_last(home: Path, start: Start) -> None:
    first, second = start(home), start(home)
    (url, server), (same_url, same_server) = first.started(), second.started()
    assert (url, server) == (same_url, same_server)
    first.end()
    assert second.databases() == 3
    second.end()
    server.wait(timeout=60)


def test_the_server_survives_a_killed_user_and_still_stops_with_the_last(home: Path, start: Start) -> None:
    killed, other = start(home), start(home)
    (_, server), _ = killed.started(), other.started()
    killed.kill()
    assert other.databases() == 3
    other.end()
    server.wait(timeout=60)


def test_when_all_users_were_killed_the_next_one_finds_the_server_and_ends_it(home: Path, start: Start) -> None:
    killed = start(home)
    _, server = killed.started()
    killed.kill()
    assert server.is_running()
    next_user = start(home)
    assert next_user.started()[1] == server
    next_user.end()
    server.wait(timeout=60)


def test_a_killed_server_is_started_again_with_what_it_held(home: Path, start: Start) -> None:
    user = start(home)
    url, server = user.started()
    with connect(url) as connection:
        connection.execute("create table kept (id integer)")
        connection.execute("insert into kept values (7)")
    server.kill()
    server.wait(timeout=60)
    user.end()
    again, _ = start(home).started()
    with connect(again) as connection:
        assert fetch_one(connection, "select id from kept") == {"id": 7}


def test_a_pid_file_that_names_somebody_elses_process_does_not_stop_a_start(home: Path, start: Start) -> None:
    user = start(home)
    url, server = user.started()
    pid_file = home / "postgres" / "postmaster.pid"
    left_behind = pid_file.read_text().replace(str(server.pid), str(os.getpid()), 1)
    user.end()
    server.wait(timeout=60)
    pid_file.write_text(left_behind)
    assert start(home).started()[0] == url


def test_a_first_start_that_was_cut_short_is_made_again(home: Path, start: Start) -> None:
    (home / "postgres.new" / "data").mkdir(parents=True)
    (home / "postgres.new" / "data" / "PG_VERSION").write_text("18\n")
    (home / "postgres").mkdir()
    user = start(home)
    user.started()
    assert user.databases() == 3
    assert not (home / "postgres.new").exists()


def test_a_log_in_needs_the_password(home: Path, start: Start) -> None:
    url, _ = start(home).started()
    given = conninfo_to_dict(url)
    assert len(str(given.pop("password"))) == 43
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(make_conninfo("", **given))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(make_conninfo("", **given, password="guess"))


def test_nobody_else_can_read_the_home_and_the_network_cannot_reach_it(home: Path, start: Start) -> None:
    url, server = start(home).started()
    open_to_others = stat.S_IRWXG | stat.S_IRWXO
    traversable = stat.S_IXGRP | stat.S_IXOTH
    assert stat.S_IMODE(home.stat().st_mode) & open_to_others & ~traversable == 0
    for path in (home / "postgres", home / "postgres.password", home / "postgres.lock"):
        assert stat.S_IMODE(path.stat().st_mode) & open_to_others == 0, path
    assert [at for at in server.net_connections() if at.status == psutil.CONN_LISTEN and at.laddr] == []
    with connect(url) as connection:
        assert fetch_one(connection, "show listen_addresses") == {"listen_addresses": ""}


def test_folders_above_the_home_are_not_opened_to_others(tmp_path: Path, start: Start) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    start(private / "home").started()
    assert stat.S_IMODE(private.stat().st_mode) in {0o700, 0o711}


def test_text_sorts_by_code_point_whatever_locale_the_machine_claims(home: Path, start: Start) -> None:
    url, _ = start(home, LC_ALL="xx_YY.UTF-8", LANG="de_DE.ISO-8859-1").started()
    with connect(url) as connection:
        found = fetch_one(connection, "select string_agg(t, '' order by t) as t from unnest(array['b','a','Z','ä']) t")
        assert found == {"t": "Zabä"}
        assert fetch_one(connection, "show server_encoding") == {"server_encoding": "UTF8"}


def test_a_lost_password_is_told(home: Path, start: Start) -> None:
    user = start(home)
    _, server = user.started()
    user.end()
    server.wait(timeout=60)
    (home / "postgres.password").unlink()
    with pytest.raises(EmbeddedServerError, match=r"Restore .*postgres\.password"):
        start_embedded_postgres(home)


def test_a_home_with_white_space_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="white space"):
        start_embedded_postgres(tmp_path / "my home")


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(EmbeddedServerError, match="did not start"):
        start_embedded_postgres(tmp_path / "home")
