"""What one printing is of: the parsed receipt, its bytes' hash, its place in the log, its verification page."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self, cast

from carbonledger.verify.checkpoint import Checkpoint
from carbonledger.verify.strict_json import parse
from carbonledger.verify.tlog_proof import TlogProof


@dataclass(frozen=True, slots=True)
class Printing:
    """`log` is the checkpoint that the proof is against."""

    receipt: Mapping[str, Any]
    sha256: str
    log_index: int
    log: Checkpoint
    verify_url: str

    @classmethod
    def of(cls, receipt: bytes, proof: bytes, *, verify_url: str) -> Self:
        """Raises VerificationError where the bytes are no JSON or no log proof; signatures are not checked here."""
        place = TlogProof.parse(proof)
        document = cast("Mapping[str, Any]", parse(receipt))
        log = Checkpoint.parse(place.note.text)
        return cls(document, sha256(receipt).hexdigest(), place.index, log, verify_url)

    @property
    def subject(self) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self.receipt["credentialSubject"])

    @property
    def key(self) -> str:
        """The signing key's id, without the issuer's name."""
        return str(self.receipt["proof"]["verificationMethod"]).partition("#")[2]
