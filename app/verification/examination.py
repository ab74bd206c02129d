"""What a process of its own finds in a file that somebody sent; the process is ended when its time is over.

file, log proof -> `examine.py` -> Examination. Neither is written anywhere, nor what the process says about them.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from carbonledger.verify.report import CheckName, Outcome

from core.errors import InvalidInputError

LONGEST = timedelta(seconds=12)
"""By the wall. One takes half a second, most of it to start; two cores with other work may need ten times as much."""

_PROGRAM = Path(__file__).with_name("examine.py")
_log = logging.getLogger("carbonledger.api")


class UnreadableFileError(InvalidInputError):
    code = "unreadable-file"

    def __init__(self) -> None:
        super().__init__(
            "The file cannot be examined: it asks for more time or memory than a receipt does, or is damaged."
        )


class NoReceiptInsideError(InvalidInputError):
    code = "no-receipt-inside"

    def __init__(self) -> None:
        super().__init__("There is no receipt inside this PDF, or more than one.")


@dataclass(frozen=True, slots=True)
class Examination:
    """`receipt_sha256`: of the receipt's bytes, as sent or as embedded. `receipt`: null if any check failed."""

    is_pdf: bool
    file_sha256: str
    receipt_sha256: str
    outcomes: Mapping[CheckName, Outcome]
    receipt: Mapping[str, Any] | None


def examine(
    file: bytes, proof: bytes | None, *, key_history: Mapping[str, Any], longest: timedelta = LONGEST
) -> Examination:
    """Raises NoReceiptInsideError for a PDF; UnreadableFileError if the process was ended, or found nothing."""
    asked = {"file": len(file), "proof": None if proof is None else len(proof), "trust": key_history}
    try:
        process = subprocess.run(  # noqa: S603 - our own program; what was sent is its input, never an argument
            [sys.executable, "-I", str(_PROGRAM)],
            input=json.dumps(asked).encode() + b"\n" + file + (proof or b""),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            check=False,
            timeout=longest.total_seconds(),
        )
    except subprocess.TimeoutExpired:
        _log.warning("an examination took more than %s and was ended", longest)
        raise UnreadableFileError from None
    if process.returncode != 0:
        _log.warning("an examination ended with code %s", process.returncode)
        raise UnreadableFileError
    found = json.loads(process.stdout)
    if found is None:
        raise NoReceiptInsideError
    return Examination(
        is_pdf=found["is_pdf"],
        file_sha256=found["file_sha256"],
        receipt_sha256=found["receipt_sha256"],
        outcomes=dict(found["checks"]),
        receipt=found["receipt"],
    )
