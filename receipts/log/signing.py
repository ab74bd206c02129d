"""Who signs the log's checkpoints, as appending sees it; receipts/keys/signer.py has the real one."""

from typing import Protocol

from carbonledger.verify.signed_note import NoteKey

from core.database import Connection


class LogSigner(Protocol):
    """The active log key."""

    @property
    def kid(self) -> str:
        """Its id in ops.signing_keys."""
        ...

    @property
    def note_key(self) -> NoteKey:
        """Its public half, under the log's origin."""
        ...

    def hold(self, connection: Connection) -> None:
        """Keep it active until this transaction ends; raises a TransientError if it is not active any more."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature: 64 bytes."""
        ...
