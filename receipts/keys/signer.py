"""Who signs: the active key of a purpose, with its private half read from the secret store.

Ask for a signer before the transaction that writes what it signs: the secret store may be slow. In that transaction,
`hold` sees that the key is still the active one, and keeps it so until the commit.
"""

from dataclasses import dataclass, field

from carbonledger.verify.signed_note import NoteKey
from nacl.signing import SigningKey

from core.database import Connection
from core.secret_store import SecretStore
from receipts.keys.errors import KeyReplacedError, NoKeysError
from receipts.keys.issuer import Issuer, issuer_of
from receipts.keys.key_pair import Purpose, open_key


@dataclass(frozen=True, slots=True)
class Signer:
    """An Ed25519 key that signs for `issuer`."""

    kid: str
    purpose: Purpose
    issuer: Issuer
    public_key: bytes
    _key: SigningKey = field(repr=False)

    @property
    def did(self) -> str:
        return self.issuer.did

    @property
    def origin(self) -> str:
        """The log's, as `append` asks for it."""
        return self.issuer.log_origin

    @property
    def verification_method(self) -> str:
        """As a proof names the key: `did:web:…#kid`."""
        return f"{self.did}#{self.kid}"

    @property
    def note_key(self) -> NoteKey:
        """The key as the log's signed notes name it."""
        return NoteKey(self.origin, self.public_key)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(message).signature

    def hold(self, connection: Connection) -> None:
        """Until this transaction ends, the key is neither rotated nor revoked. A worker's transaction.

        Raises KeyReplacedError if it was already.
        """
        held = connection.execute(
            "select 1 from ops.signing_keys where kid = %s and state = 'active' for share", [self.kid]
        ).fetchone()
        if held is None:
            raise KeyReplacedError(self.kid)


def receipt_signer(connection: Connection, secrets: SecretStore) -> Signer:
    """Raises NoKeysError, SigningKeyLostError and SecretStoreUnavailableError. The worker's role."""
    return _signer(connection, secrets, "receipt")


def log_signer(connection: Connection, secrets: SecretStore) -> Signer:
    """As `receipt_signer`, for the log's checkpoints."""
    return _signer(connection, secrets, "log")


def _signer(connection: Connection, secrets: SecretStore, purpose: Purpose) -> Signer:
    issuer = issuer_of(connection)
    row = connection.execute(
        "select kid, public_key, secret_arn from ops.signing_keys where purpose = %s and state = 'active'", [purpose]
    ).fetchone()
    if issuer is None or row is None:
        raise NoKeysError
    return signer_with(secrets, issuer, purpose=purpose, **row)


def signer_with(
    secrets: SecretStore, issuer: Issuer, *, purpose: Purpose, kid: str, public_key: bytes, secret_arn: str
) -> Signer:
    """With this key, whatever its state. Raises SigningKeyLostError."""
    pair = open_key(secrets, kid=kid, public_key=public_key, secret_arn=secret_arn)
    return Signer(kid, purpose, issuer, public_key, pair)
