"""Evidence files: what a registry or a broker showed us, kept under its own hash in the home's folder `evidence`.

file -> EvidenceFolder.keep -> CARBONLEDGER_HOME/evidence/<SHA-256> -> note_evidence -> ops.credit_evidence
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from billing.credits.errors import UnusableEvidenceError
from core.database import Connection

LARGEST_FILE_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that is kept; `file_name` is what it was called where it came from."""

    sha256: str
    file_name: str
    size_bytes: int


class EvidenceFolder:
    """Files by their hash. Writing one twice is once; a file is there whole or not at all."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "evidence"

    def keep(self, content: bytes, *, file_name: str) -> Evidence:
        """Write the file. Raises UnusableEvidenceError if it is empty or over 32 MiB."""
        _check_size(content, file_name)
        sha256 = hashlib.sha256(content).hexdigest()
        if self.damage(sha256) is not None:
            self._write(sha256, content)
        return Evidence(sha256, file_name, len(content))

    def damage(self, sha256: str) -> str | None:
        """What is wrong with the kept file: "missing", "changed", or None."""
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError:
            return "missing"
        return None if hashlib.sha256(content).hexdigest() == sha256 else "changed"

    def path(self, sha256: str) -> Path:
        return self._folder / sha256

    def _write(self, sha256: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=self._folder, prefix=".unfinished-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(0o400)
        Path(unfinished).replace(self.path(sha256))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too, is there after a power cut
        finally:
            os.close(folder)


def read_evidence(path: Path) -> bytes:
    """The file's bytes. Raises UnusableEvidenceError if it cannot be read, is empty or over 32 MiB."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise UnusableEvidenceError(f"{path} cannot be read: {error.strerror}.") from error
    _check_size(content, path.name)
    return content


def _check_size(content: bytes, file_name: str) -> None:
    if not 1 <= len(content) <= LARGEST_FILE_BYTES:
        raise UnusableEvidenceError(f"{file_name} is empty or larger than 32 MiB, so it is no evidence.")


def note_evidence(connection: Connection, evidence: Evidence, *, now: datetime) -> None:
    """The file's row; once, however often it is kept."""
    connection.execute(
        "insert into ops.credit_evidence (sha256, file_name, size_bytes, kept_at) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        [evidence.sha256, evidence.file_name, evidence.size_bytes, now],
    )
