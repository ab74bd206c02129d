"""A server's public record of a receipt: the JSON of `/verify/{serial}` -> the facts that are checked or shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from carbonledger.verify.canonical import canonical
from carbonledger.verify.errors import CannotCheckError, VerificationError
from carbonledger.verify.strict_json import parse_object


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """`receipt`: the signed bytes, if the server was given the receipt's id. `state`: valid, voided, superseded."""

    serial: str
    sha256: str
    verification_method: str
    proof: bytes
    receipt: bytes | None
    state: str
    superseded_by: str | None

    @classmethod
    def parse(cls, answer: bytes, *, serial: str) -> Self:
        """Raises CannotCheckError if the answer is not such a record, or another receipt's."""
        try:
            members: Mapping[str, Any] = parse_object(answer, largest=len(answer))
            receipt = members["receipt"]
            record = cls(
                serial=_text(members["serial"]),
                sha256=_text(members["sha256"]),
                verification_method=_text(members["signature"]["verificationMethod"]),
                proof=_text(members["log"]["proof"]).encode(),
                receipt=None if receipt is None else canonical(receipt),
                state=_text(members["status"]["state"]),
                superseded_by=members["status"]["supersededBy"],
            )
            is_its_own = receipt is None or _is_own(record, receipt)
        except (VerificationError, KeyError, TypeError) as error:
            raise CannotCheckError("The server's answer is not the record of a receipt.") from error
        if record.serial != serial or not is_its_own:
            raise CannotCheckError("The server's answer is about another receipt.")
        return record


def _is_own(record: PublicRecord, receipt: Mapping[str, Any]) -> bool:
    """Whether the receipt is the one that the record is about: another may be as genuine."""
    is_named = receipt["credentialSubject"]["serial"] == record.serial
    return is_named and sha256(record.receipt or b"").hexdigest() == record.sha256


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
