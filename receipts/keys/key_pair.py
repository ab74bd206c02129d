"""A key pair: made here, its private half kept in the secret store and nowhere else, read back with a check."""

import re
from dataclasses import dataclass
from typing import Literal, Self

from carbonledger.verify.key_ids import thumbprint
from nacl.signing import SigningKey
from pydantic import SecretStr

from core.secret_store import SecretMissingError, SecretStore, VaultDamagedError
from receipts.keys.errors import SigningKeyLostError

Purpose = Literal["receipt", "log"]

_SEED = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FreshKey:
    """Its private half is in the secret store under `secret_arn`; no row names it yet."""

    kid: str
    purpose: Purpose
    public_key: bytes
    secret_arn: str

    @classmethod
    def make(cls, secrets: SecretStore, *, purpose: Purpose) -> Self:
        """An Ed25519 key of fresh randomness. Raises SecretStoreUnavailableError."""
        pair = SigningKey.generate()
        public_key = bytes(pair.verify_key)
        kid = thumbprint(public_key)
        arn = secrets.put(f"receipts/{purpose}-key/{kid}", SecretStr(bytes(pair).hex()))
        return cls(kid, purpose, public_key, arn)


def open_key(secrets: SecretStore, *, kid: str, public_key: bytes, secret_arn: str) -> SigningKey:
    """The private half. Raises SigningKeyLostError if it is not there, damaged, or not that of `public_key`: signing
    with another key would make documents that nobody can verify.
    """
    try:
        seed = secrets.get(secret_arn).get_secret_value()
    except SecretMissingError:
        raise SigningKeyLostError(kid, why="is not in the secret store") from None
    except VaultDamagedError:
        raise SigningKeyLostError(kid, why="cannot be opened: the vault is damaged") from None
    if not _SEED.fullmatch(seed):
        raise SigningKeyLostError(kid, why="is no Ed25519 key")
    pair = SigningKey(bytes.fromhex(seed))
    if bytes(pair.verify_key) != public_key or thumbprint(public_key) != kid:
        raise SigningKeyLostError(kid, why="is another key's")
    return pair
