"""A log with its key, without the secret store: the key's row is written here, and the signer holds a fixed key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from carbonledger.verify.key_ids import thumbprint
from carbonledger.verify.signed_note import NoteKey
from nacl.signing import SigningKey

from core.database import Connection, Database, fetch_one
from receipts.keys.issuer import Issuer
from receipts.keys.signer import Signer
from receipts.log.append import append
from receipts.log.leaves import Leaf, ReceiptLeaf
from tests.conftest import NOON

ORIGIN = "ledger.example/log"
ISSUER = Issuer(did="did:web:ledger.example", log_origin=ORIGIN, is_test=True)


def log_key(seed: int = 7) -> SigningKey:
    return SigningKey(bytes([seed]) * 32)


def signer_of(key: SigningKey) -> Signer:
    public_key = bytes(key.verify_key)
    return Signer(thumbprint(public_key), "log", ISSUER, public_key, key)


SIGNER = signer_of(log_key())
NOTE_KEY = NoteKey(ORIGIN, SIGNER.public_key)


def receipts(*numbers: int) -> list[Leaf]:
    """Leaves of made-up receipts."""
    return [ReceiptLeaf(f"{number:064x}") for number in numbers]


def lay_key(database: Database, signer: Signer = SIGNER) -> None:
    """The rows of the issuer and of an active log key."""
    with database.worker() as connection:
        connection.execute(
            "insert into ops.receipt_issuer (did, log_origin, is_test, created_at) values (%s, %s, true, %s)"
            " on conflict do nothing",
            [ISSUER.did, ORIGIN, NOON],
        )
        connection.execute(
            "insert into ops.signing_keys (kid, purpose, public_key, secret_arn, created_at)"
            " values (%s, 'log', %s, %s, %s)",
            [signer.kid, signer.public_key, f"local:{signer.kid}", NOON],
        )


@dataclass(frozen=True)
class Log:
    database: Database

    def append(self, leaves: Sequence[Leaf], *, minutes: int = 0) -> list[int]:
        """In a transaction of its own, `minutes` after noon."""
        with self.database.worker() as connection:
            return append(connection, leaves, signer=SIGNER, now=NOON + timedelta(minutes=minutes))

    def counts(self) -> dict[str, int]:
        with self.database.worker() as connection:
            return counts(connection)


def counts(connection: Connection) -> dict[str, int]:
    """Rows of the log's tables."""
    return dict(
        fetch_one(
            connection,
            "select (select count(*) from ops.log_leaves) as leaves, (select count(*) from ops.log_nodes) as nodes,"
            " (select count(*) from ops.log_checkpoints) as checkpoints",
        )
    )
