"""What can be wrong with signing keys.

PermanentError
├── SigningKeyLostError        the private half cannot be read, or is another key's: restore the secrets, or revoke
ConflictError
├── KeysExistError             a first key is made once
├── NoKeysError                nothing can be signed before `keys create`
├── OtherIssuerError           the issuer of the database is not that of the settings
├── KeyRevokedError            a revoked key stays revoked
TransientError
└── KeyReplacedError           the key was rotated while it was to be used: ask again, with the new one
"""

from core.errors import ConflictError, PermanentError, TransientError


class SigningKeyLostError(PermanentError):
    code = "signing-key-lost"

    def __init__(self, kid: str, *, why: str) -> None:
        self.kid = kid
        super().__init__(
            f"The private half of key {kid} {why}. Restore the secrets from their backup, or run"
            f" `carbonledger-server keys revoke {kid} --reason lost`."
        )


class KeysExistError(ConflictError):
    code = "keys-exist"

    def __init__(self, did: str) -> None:
        super().__init__(f"There are keys of {did} already. `keys rotate` makes a new one, `keys list` shows them.")


class NoKeysError(ConflictError):
    code = "no-signing-keys"

    def __init__(self) -> None:
        super().__init__(
            "There are no signing keys yet. Set CARBONLEDGER_ISSUER and run `carbonledger-server keys create`."
        )


class OtherIssuerError(ConflictError):
    code = "other-issuer"

    def __init__(self, *, laid: str, wanted: str | None) -> None:
        named = "is not set" if wanted is None else f"names {wanted}"
        super().__init__(
            f"The keys of this database are those of {laid}, and CARBONLEDGER_ISSUER {named}. An issuer never changes"
            f" its name: set it to {laid}, or begin with a new database."
        )


class KeyRevokedError(ConflictError):
    code = "key-revoked"

    def __init__(self, kid: str) -> None:
        super().__init__(f"Key {kid} is revoked already.")


class KeyReplacedError(TransientError):
    code = "key-replaced"

    def __init__(self, kid: str) -> None:
        super().__init__(f"Key {kid} signs no more: another took its place. Try again.")
