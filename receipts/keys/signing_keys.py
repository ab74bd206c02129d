"""The life of signing keys: active, then retired (rotated: what it signed stays good) or revoked.

    secret store     <- the private half, first
    ops.signing_keys <- the public half, with the leaf of the log that tells of it, in one transaction

A secret whose transaction did not reach its commit is deleted again. After a crash, or a commit that nobody answered,
it stays: a secret that no row names is harmless, a row without its secret is not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from carbonledger.verify.key_ids import base64url

from core.database import Connection, Database
from core.did_web import DidWeb
from core.errors import InvalidInputError, NotFoundError, TransientError
from core.secret_store import SecretStore
from receipts.keys.errors import KeyReplacedError, KeyRevokedError, NoKeysError
from receipts.keys.issuer import Issuer, issuer_of, lay_issuer
from receipts.keys.key_pair import FreshKey, Purpose
from receipts.keys.published import PublishedKey, State, published_keys
from receipts.keys.signer import Signer, log_signer, signer_with
from receipts.log.append import append
from receipts.log.leaves import KeyAction, KeyLeaf

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class KeyView:
    """`reason`: why it was revoked."""

    key: PublishedKey
    reason: str | None


@dataclass(frozen=True, slots=True)
class Replaced:
    """`kid` signs no more. `new_kid` does, if `kid` did until now.

    `left_secret_arn`: where the private half of `kid` still is, because the secret store did not delete it.
    """

    kid: str
    purpose: Purpose
    new_kid: str | None
    left_secret_arn: str | None


@dataclass(frozen=True, slots=True)
class _Key:
    """A row with where its private half is."""

    kid: str
    purpose: Purpose
    public_key: bytes
    secret_arn: str
    state: State


def list_keys(connection: Connection) -> list[KeyView]:
    """Every key ever, those for receipts first, oldest first. The worker's role."""
    rows = connection.execute("select kid, revoke_reason from ops.signing_keys").fetchall()
    reasons = {row["kid"]: row["revoke_reason"] for row in rows}
    return [KeyView(key, reasons[key.kid]) for key in published_keys(connection)]


def create_keys(database: Database, secrets: SecretStore, name: DidWeb, *, now: datetime) -> Issuer:
    """The first key of each purpose, the issuer that they sign for, and the log's first two leaves.

    Raises KeysExistError, with nothing made, and what the secret store raises.
    """
    with _fresh_keys(database, secrets, "receipt", "log") as (connection, (receipt_key, log_key)):
        issuer = lay_issuer(connection, name, now=now)
        for key in (receipt_key, log_key):
            _insert(connection, key, now=now)
        created = [_leaf(receipt_key, "created"), _leaf(log_key, "created")]
        append(connection, created, signer=_as_signer(secrets, issuer, log_key), now=now)
    return issuer


def rotate(database: Database, secrets: SecretStore, *, purpose: Purpose, now: datetime) -> Replaced:
    """A new active key; the old one's signatures stay good, and its private half is destroyed.

    The old log key signs the checkpoint that brings its successor in, so that who trusts the one can trust the other.
    Raises NoKeysError, SigningKeyLostError if the log key's private half is lost, and KeyReplacedError if somebody else
    rotated or revoked at this moment.
    """
    with database.worker() as connection:
        signer = log_signer(connection, secrets)
        old = _active(connection, purpose)
    with _fresh_keys(database, secrets, purpose) as (connection, (new,)):
        _hold(connection, old)
        append(connection, [_leaf(new, "created")], signer=signer, now=now)
        connection.execute(
            "update ops.signing_keys set state = 'retired', retired_at = %s where kid = %s", [now, old.kid]
        )
        _insert(connection, new, now=now)
        if purpose == "log":
            signer = _as_signer(secrets, signer.issuer, new)
        append(connection, [_leaf(old, "retired")], signer=signer, now=now)
    return Replaced(old.kid, purpose, new.kid, _destroy(secrets, old))


def revoke(database: Database, secrets: SecretStore, kid: str, *, reason: str, now: datetime) -> Replaced:
    """From its leaf in the log on, nothing that this key signed is good. If it was active, the next key is at once.

    Raises NotFoundError, KeyRevokedError, InvalidInputError for a reason that is none, and as `rotate`.
    """
    reason = _checked_reason(reason)
    with database.worker() as connection:
        old, issuer = _any_key(connection, kid), issuer_of(connection)
        is_signing_log = old.purpose == "log" and old.state == "active"
        signer = None if is_signing_log else log_signer(connection, secrets)
    if issuer is None:
        raise NoKeysError
    successors: list[Purpose] = [old.purpose] if old.state == "active" else []
    with _fresh_keys(database, secrets, *successors) as (connection, fresh):
        _hold(connection, old)
        connection.execute(
            "update ops.signing_keys set state = 'revoked', revoked_at = %s, revoke_reason = %s where kid = %s",
            [now, reason, kid],
        )
        for new in fresh:
            _insert(connection, new, now=now)
        told = [_leaf(old, "revoked"), *(_leaf(new, "created") for new in fresh)]
        append(connection, told, signer=signer or _as_signer(secrets, issuer, fresh[0]), now=now)
    return Replaced(kid, old.purpose, fresh[0].kid if fresh else None, _destroy(secrets, old))


@contextmanager
def _fresh_keys(
    database: Database, secrets: SecretStore, *purposes: Purpose
) -> Iterator[tuple[Connection, list[FreshKey]]]:
    """A worker's transaction to write these new keys in."""
    made: list[FreshKey] = []
    is_written = False
    try:
        for purpose in purposes:
            made.append(FreshKey.make(secrets, purpose=purpose))  # noqa: PERF401 - the first is to be deleted if the second fails
        with database.worker() as connection:
            yield connection, made
            is_written = True
    except BaseException:
        if not is_written:
            for key in made:
                secrets.delete(key.secret_arn)
        raise


def _insert(connection: Connection, key: FreshKey, *, now: datetime) -> None:
    connection.execute(
        "insert into ops.signing_keys (kid, purpose, public_key, secret_arn, created_at) values (%s, %s, %s, %s, %s)",
        [key.kid, key.purpose, key.public_key, key.secret_arn, now],
    )


def _leaf(key: FreshKey | _Key, action: KeyAction) -> KeyLeaf:
    return KeyLeaf(purpose=key.purpose, kid=key.kid, x=base64url(key.public_key), action=action)


def _as_signer(secrets: SecretStore, issuer: Issuer, key: FreshKey) -> Signer:
    """Read back from the secret store: a key that cannot be opened must not become the active one."""
    return signer_with(
        secrets, issuer, purpose=key.purpose, kid=key.kid, public_key=key.public_key, secret_arn=key.secret_arn
    )


def _active(connection: Connection, purpose: Purpose) -> _Key:
    row = connection.execute(
        "select kid, purpose, public_key, secret_arn, state from ops.signing_keys"
        " where purpose = %s and state = 'active'",
        [purpose],
    ).fetchone()
    if row is None:
        raise NoKeysError
    return _Key(**row)


def _any_key(connection: Connection, kid: str) -> _Key:
    row = connection.execute(
        "select kid, purpose, public_key, secret_arn, state from ops.signing_keys where kid = %s", [kid]
    ).fetchone()
    if row is None:
        raise NotFoundError("There is no key with this id; `keys list` shows them.")
    if row["state"] == "revoked":
        raise KeyRevokedError(kid)
    return _Key(**row)


def _hold(connection: Connection, key: _Key) -> None:
    """Lock it as it was read. Not `for update`: who appends to the log at this moment refers to the row, and waits."""
    held = connection.execute(
        "select 1 from ops.signing_keys where kid = %s and state = %s for no key update", [key.kid, key.state]
    ).fetchone()
    if held is None:
        raise KeyReplacedError(key.kid)


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise InvalidInputError(f"A reason takes 1 to {LONGEST_REASON} characters on one line.")
    return reason


def _destroy(secrets: SecretStore, key: _Key) -> str | None:
    """Forget the private half: what is nowhere cannot be stolen. Its ARN, if the secret store did not answer."""
    try:
        secrets.delete(key.secret_arn)
    except TransientError:
        return key.secret_arn
    return None
