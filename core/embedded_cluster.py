"""The embedded server's cluster: the folder `postgres` and its superuser's password, made on the first start.

initdb writes into a folder aside that is moved into place when it is whole, so a start that is cut short at any moment
is simply made again. The password is asked for from the first moment on, and text sorts by code point whatever locale
the machine has (or claims to have and has not, as over ssh).
"""

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from pwd import getpwnam

from core.errors import PermanentError

SYSTEM_USER = "pgserver"  # the wheel's; PostgreSQL refuses to run as root
_LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class EmbeddedServerError(PermanentError):
    code = "embedded-server"


def ensure_cluster(home: Path, *, binaries: Path) -> str:
    """The superuser's password of the cluster `home/postgres`, which exists afterwards. Call it under the home's lock.

    Raises EmbeddedServerError if the password of an existing cluster is gone, or if initdb fails.
    """
    exists = (home / "postgres" / "PG_VERSION").exists()
    password = _password(home / "postgres.password", may_make=not exists)
    if not exists:
        _initialise(home, password=password, binaries=binaries)
    return password


def _password(file: Path, *, may_make: bool) -> str:
    if file.exists():
        return file.read_text()
    if not may_make:
        raise EmbeddedServerError(f"The embedded database's password is gone. Restore {file} from a backup.")
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    _write_private(fresh, secrets.token_urlsafe(32))
    return fresh.rename(file).read_text()


def _initialise(home: Path, *, password: str, binaries: Path) -> None:
    workshop = home / "postgres.new"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(mode=0o700)
    given = workshop / "password"
    _write_private(given, password)
    command = [str(binaries / "initdb"), f"--pgdata={workshop / 'data'}", "--username=postgres", *_LOCALE]
    _run([*command, "--auth=scram-sha-256", f"--pwfile={given}"], owned_by_system_user=[workshop, given])
    shutil.rmtree(home / "postgres", ignore_errors=True)  # an empty folder, or what the wheel left in it
    (workshop / "data").rename(home / "postgres")
    shutil.rmtree(workshop)


def _run(command: list[str], *, owned_by_system_user: list[Path]) -> None:
    """Run as we are; or, if that is root, as the system user, to whom the paths are given first."""
    user = group = extra_groups = None
    if os.geteuid() == 0:
        user, group, extra_groups = SYSTEM_USER, getpwnam(SYSTEM_USER).pw_gid, list[int]()
        for path in owned_by_system_user:
            shutil.chown(path, SYSTEM_USER)
    outcome = subprocess.run(  # noqa: S603 - the wheel's own binary, and paths of ours
        command, check=False, capture_output=True, text=True, cwd="/", user=user, group=group, extra_groups=extra_groups
    )
    if outcome.returncode != 0:
        raise EmbeddedServerError(f"The embedded database could not be made: {outcome.stderr.strip()[-500:]}")


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
