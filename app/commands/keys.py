"""`carbonledger-server keys …`: what operators do with signing keys, and what they are told of it."""

from core.clock import SystemClock
from core.database import Database, database_urls
from core.did_web import DidWeb
from core.errors import InvalidInputError
from core.secret_store import secret_store
from core.settings import Settings
from receipts.keys import signing_keys
from receipts.keys.history import key_history
from receipts.keys.issuer import required_issuer
from receipts.keys.key_pair import Purpose
from receipts.keys.signing_keys import KeyView, Replaced, list_keys

_SIGNS = {"receipt": "receipts", "log": "the log"}


def create(settings: Settings) -> str:
    """Raises InvalidInputError without CARBONLEDGER_ISSUER, and KeysExistError."""
    if settings.issuer is None:
        raise InvalidInputError(
            "Set CARBONLEDGER_ISSUER to the domain that receipts are issued under; it never changes after this."
        )
    with Database(database_urls(settings), pool_size=2) as database:
        issuer = signing_keys.create_keys(
            database, secret_store(settings), DidWeb.parse(settings.issuer), now=SystemClock().now()
        )
        told = [
            f"receipts are issued by {issuer.did}" + (", as tests: nobody owns this name" if issuer.is_test else "")
        ]
        return "\n".join([*told, *_active(database), "back up the secrets with the database now (docs/runbook.md)"])


def rotate(settings: Settings, *, purpose: Purpose) -> str:
    """Raises NoKeysError, OtherIssuerError, and SigningKeyLostError."""
    with Database(database_urls(settings), pool_size=2) as database:
        _require_issuer(database, settings)
        done = signing_keys.rotate(database, secret_store(settings), purpose=purpose, now=SystemClock().now())
        return "\n".join([*_told(done, became="retired; what it signed stays good"), *_active(database)])


def revoke(settings: Settings, kid: str, *, reason: str) -> str:
    """Raises NotFoundError, KeyRevokedError, InvalidInputError for the reason, and as `rotate`."""
    with Database(database_urls(settings), pool_size=2) as database:
        _require_issuer(database, settings)
        done = signing_keys.revoke(database, secret_store(settings), kid, reason=reason, now=SystemClock().now())
        return "\n".join([*_told(done, became="revoked"), *_active(database)])


def listed(settings: Settings) -> str:
    """A line a key, those for receipts first, oldest first."""
    with Database(database_urls(settings), pool_size=1) as database, database.worker() as connection:
        views = list_keys(connection)
    return "\n".join(_line(view) for view in views) or "There are no keys; `keys create` makes the first."


def _require_issuer(database: Database, settings: Settings) -> None:
    with database.worker() as connection:
        required_issuer(connection, settings)


def _active(database: Database) -> list[str]:
    """What signs now, and how the log's key is named to who verifies checkpoints."""
    with database.worker() as connection:
        history = key_history(connection)
    return [
        f"{_SIGNS[key['purpose']]}: signed by {key['kid']}" + (f" ({key['vkey']})" if key["vkey"] else "")
        for key in history["keys"]
        if key["state"] == "active"
    ]


def _told(done: Replaced, *, became: str) -> list[str]:
    told = [f"key {done.kid} for {_SIGNS[done.purpose]} is {became}"]
    if done.left_secret_arn is not None:
        told.append(f"the secret store did not delete its private half: delete {done.left_secret_arn} yourself")
    return told


def _line(view: KeyView) -> str:
    key = view.key
    became = ""
    if key.revoked_at is not None:
        became = f", revoked {key.revoked_at:%Y-%m-%d}: {view.reason}"
    elif key.retired_at is not None:
        became = f", retired {key.retired_at:%Y-%m-%d}"
    return f"{key.kid}  {key.purpose:7}  {key.state:7}  created {key.created_at:%Y-%m-%d}{became}"
