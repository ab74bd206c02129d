"""Where provider keys live. Both back ends hand out an ARN; the database keeps the ARN and nothing else."""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from pydantic import SecretStr

from core.errors import NotFoundError, PermanentError, TransientError
from core.settings import Settings

_LOCAL_PREFIX = "arn:carbonledger:vault:local:secret:"
_IDENTIFIER = re.compile("[0-9a-f]{32}")
# A request waits for a secret, so it must not wait for boto3's default of a minute, five times over.
_PATIENCE = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


class SecretMissingError(NotFoundError):
    code = "secret-missing"


class VaultDamagedError(PermanentError):
    code = "vault-damaged"


class SecretStoreUnavailableError(TransientError):
    code = "secret-store-unavailable"


class SecretStore(Protocol):
    def put(self, name: str, secret: SecretStr) -> str:
        """Keep a secret under a new ARN; `name` is a path for people to recognise it by. Returns the ARN."""
        ...

    def get(self, arn: str) -> SecretStr:
        """The secret. Raises SecretMissingError."""
        ...

    def delete(self, arn: str) -> None:
        """Forget the secret; forgetting it twice is no error."""
        ...


def secret_store(settings: Settings) -> SecretStore:
    if settings.secrets_backend == "aws":
        return AwsSecretStore(region=settings.aws_region)
    return LocalVault(settings.home_path / "vault")


class LocalVault:
    """One sealed file a secret (PyNaCl SecretBox) beside a key with mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, secret: SecretStr) -> str:
        arn = _LOCAL_PREFIX + secrets.token_hex(16)
        content = {"arn": arn, "name": name, "secret": secret.get_secret_value()}
        sealed = self._box(may_make_key=True).encrypt(json.dumps(content).encode())
        _write_private(self._file(arn), sealed)
        return arn

    def get(self, arn: str) -> SecretStr:
        try:
            sealed = self._file(arn).read_bytes()
        except FileNotFoundError:
            raise SecretMissingError("The key of this connection is not in the vault; re-authenticate it.") from None
        try:
            opened = json.loads(self._box(may_make_key=False).decrypt(sealed))
        except (CryptoError, FileNotFoundError):
            raise _damaged() from None
        if opened["arn"] != arn:  # a file that was renamed to stand in for another
            raise _damaged()
        return SecretStr(opened["secret"])

    def delete(self, arn: str) -> None:
        self._file(arn).unlink(missing_ok=True)

    def _file(self, arn: str) -> Path:
        identifier = arn.removeprefix(_LOCAL_PREFIX)
        if identifier == arn or not _IDENTIFIER.fullmatch(identifier):
            raise SecretMissingError("This secret is not one of the local vault; check CARBONLEDGER_SECRETS_BACKEND.")
        return self._folder / identifier

    def _box(self, *, may_make_key: bool) -> SecretBox:
        key = self._folder / "vault.key"
        if may_make_key and not key.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._folder / f"vault.key.{secrets.token_hex(8)}"
            _write_private(fresh, secrets.token_bytes(SecretBox.KEY_SIZE))
            try:
                os.link(fresh, key)  # the first of two processes wins; the other reads its key
            except FileExistsError:
                pass
            fresh.unlink()
        content = key.read_bytes()
        if len(content) != SecretBox.KEY_SIZE:
            raise _damaged()
        return SecretBox(content)


def _damaged() -> VaultDamagedError:
    return VaultDamagedError(
        "The vault's key does not open this secret; restore CARBONLEDGER_HOME/vault or re-authenticate."
    )


def _write_private(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


class AwsSecretStore:
    """AWS Secrets Manager. Credentials and AWS_ENDPOINT_URL are boto3's own settings."""

    def __init__(self, *, region: str) -> None:
        self._client = boto3.client("secretsmanager", region_name=region, config=_PATIENCE)

    def put(self, name: str, secret: SecretStr) -> str:
        unique = f"carbonledger/{name}/{secrets.token_hex(8)}"
        try:
            return self._client.create_secret(Name=unique, SecretString=secret.get_secret_value())["ARN"]
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(error) from None

    def get(self, arn: str) -> SecretStr:
        try:
            return SecretStr(self._client.get_secret_value(SecretId=arn)["SecretString"])
        except ClientError as error:
            if error.response["Error"]["Code"] in {"ResourceNotFoundException", "InvalidRequestException"}:
                raise SecretMissingError("The key is not in AWS Secrets Manager; re-authenticate.") from None
            raise _unavailable(error) from None
        except BotoCoreError as error:
            raise _unavailable(error) from None

    def delete(self, arn: str) -> None:
        try:
            self._client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ResourceNotFoundException", "InvalidRequestException"}:
                raise _unavailable(error) from None
        except BotoCoreError as error:
            raise _unavailable(error) from None


def _unavailable(error: Exception) -> SecretStoreUnavailableError:
    """boto3's messages may repeat parameters, so only the class is told."""
    return SecretStoreUnavailableError(
        f"AWS Secrets Manager did not answer ({type(error).__name__}). Check its credentials, region and endpoint."
    )
