"""Seals what is stored of receipts: one key an organization, in the secret store, destroyed with the organization.

A sealed part (PyNaCl SecretBox) says inside which receipt and which part of it it is, so none can be put in another's
place.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random
from pydantic import SecretStr

from core.database import Connection, Database
from core.errors import NotFoundError, PermanentError
from core.secret_store import SecretMissingError, SecretStore

Part = Literal["document", "pdf"]

_VERSION = b"carbonledger-receipt-1"


class ReceiptErasedError(NotFoundError):
    """The organization's key is gone, and with it what its receipts say. What the log has of them stays."""

    code = "receipt-erased"

    def __init__(self) -> None:
        super().__init__("What this receipt says was erased with its organization; its hash stays in the log.")


class SealBrokenError(PermanentError):
    code = "receipt-seal-broken"

    def __init__(self, receipt_id: str, part: Part) -> None:
        self.receipt_id, self.part = receipt_id, part
        super().__init__(f"The stored {part} of a receipt does not open with its organization's key; restore a backup.")


@dataclass(frozen=True, slots=True)
class ReceiptVault:
    """The opened key of one organization."""

    _box: SecretBox = field(repr=False)

    @classmethod
    def at(cls, secrets: SecretStore, arn: str) -> "ReceiptVault":
        """The key that is kept there. Raises ReceiptErasedError, and what the secret store raises."""
        try:
            return cls(SecretBox(bytes.fromhex(secrets.get(arn).get_secret_value())))
        except SecretMissingError:
            raise ReceiptErasedError from None

    def seal(self, content: bytes, *, receipt_id: str, part: Part) -> bytes:
        return bytes(self._box.encrypt(_label(receipt_id, part) + content))

    def open(self, sealed: bytes, *, receipt_id: str, part: Part) -> bytes:
        """The content, as it was sealed for this receipt and part. Raises SealBrokenError."""
        label = _label(receipt_id, part)
        try:
            opened = self._box.decrypt(sealed)
        except (CryptoError, ValueError):
            raise SealBrokenError(receipt_id, part) from None
        if not opened.startswith(label):
            raise SealBrokenError(receipt_id, part)
        return opened.removeprefix(label)


def receipt_vault(database: Database, secrets: SecretStore, *, org_id: int, now: datetime) -> ReceiptVault:
    """The organization's, made if this is its first receipt. Holds no transaction while the secret store answers.

    Of two processes that make it at once one wins, and the other deletes its own. One that dies in between leaves a key
    in the secret store that seals nothing.
    """
    with database.worker() as connection:
        arn = _arn(connection, org_id)
    if arn is None:
        made = secrets.put(f"receipts/vault/{org_id}", SecretStr(random(SecretBox.KEY_SIZE).hex()))
        with database.worker() as connection:
            connection.execute(
                "insert into ops.receipt_vaults (org_id, secret_arn, created_at) values (%s, %s, %s)"
                " on conflict do nothing",
                [org_id, made, now],
            )
            arn = _arn(connection, org_id)
        if arn is None:
            raise LookupError("a row that was inserted is there")
        if arn != made:
            secrets.delete(made)
    return ReceiptVault.at(secrets, arn)


def _arn(connection: Connection, org_id: int) -> str | None:
    row = connection.execute("select secret_arn from ops.receipt_vaults where org_id = %s", [org_id]).fetchone()
    return None if row is None else str(row["secret_arn"])


def _label(receipt_id: str, part: Part) -> bytes:
    return b"\0".join([_VERSION, receipt_id.encode(), part.encode(), b""])
