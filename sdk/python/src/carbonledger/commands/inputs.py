"""Files that the user names -> bytes, no more of them than a receipt can need."""

from pathlib import Path

PDF_BEGINNING = b"%PDF-"
LARGEST_RECEIPT_FILE_BYTES = 32 * 1024 * 1024
LARGEST_USAGE_FILE_BYTES = 1024 * 1024 * 1024
PROOF_SUFFIX = ".tlog-proof"


class BadInputError(Exception):
    """What the user gave cannot be used. Its sentence says why."""


def read(path: Path, *, largest: int = LARGEST_RECEIPT_FILE_BYTES) -> bytes:
    """The file's bytes. Raises BadInputError if it cannot be read or is larger than `largest` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > largest:
        raise BadInputError(f"{path} is larger than {largest} bytes.")
    return data


def proof_beside(receipt: Path) -> Path | None:
    """The log proof that lies beside a receipt: `receipt.json.tlog-proof` or `receipt.tlog-proof`."""
    beside = (receipt.with_name(receipt.name + PROOF_SUFFIX), receipt.with_suffix(PROOF_SUFFIX))
    return next((path for path in beside if path.is_file()), None)
