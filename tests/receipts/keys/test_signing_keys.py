"""Keys are made, rotated and revoked; the log says so; and no private half is left where none should be."""

import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import pytest
from carbonledger.verify.key_ids import thumbprint
from carbonledger.verify.signed_note import NoteKey, SignedNote
from nacl.signing import VerifyKey
from psycopg.errors import InsufficientPrivilege
from pydantic import SecretStr

from core.database import Database, connect, fetch_one
from core.did_web import DidWeb
from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.secret_store import LocalVault
from receipts.keys.errors import KeyReplacedError, KeyRevokedError, KeysExistError, NoKeysError, SigningKeyLostError
from receipts.keys.issuer import Issuer, issuer_of
from receipts.keys.published import PublishedKey
from receipts.keys.signer import log_signer, receipt_signer
from receipts.keys.signing_keys import create_keys, list_keys, revoke, rotate
from tests.conftest import NOON
from tests.receipts.keys.conftest import NAME

pytestmark = pytest.mark.database

LATER = NOON + timedelta(days=365)
WAITING: LiteralString = (
    "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
    " as found"
)


def keys_of(database: Database) -> list[PublishedKey]:
    with database.worker() as connection:
        return [view.key for view in list_keys(connection)]


def active(database: Database, purpose: str) -> PublishedKey:
    return next(key for key in keys_of(database) if key.purpose == purpose and key.state == "active")


def log_of(database: Database) -> list[tuple[str, str, str]]:
    """(purpose, kid, action) of each leaf; there are leaves of keys only."""
    with database.worker() as connection:
        rows = connection.execute("select data from ops.log_leaves order by leaf_index").fetchall()
    leaves: Sequence[dict[str, Any]] = [json.loads(row["data"]) for row in rows]
    assert all(leaf.keys() == {"v", "t", "purpose", "kid", "x", "action"} for leaf in leaves)
    return [(leaf["purpose"], leaf["kid"], leaf["action"]) for leaf in leaves]


def signed_checkpoints(database: Database) -> list[tuple[int, str]]:
    """(size, kid) of each checkpoint whose signature is by the key that it names."""
    with database.worker() as connection:
        rows = connection.execute(
            "select tree_size, note, kid, public_key from ops.log_checkpoints join ops.signing_keys using (kid)"
            " order by tree_size"
        ).fetchall()
    for row in rows:
        SignedNote.parse(row["note"].encode()).verify([NoteKey("ledger.example/log", row["public_key"])])
    return [(row["tree_size"], row["kid"]) for row in rows]


def secrets_in(home: Path) -> int:
    return len([file for file in (home / "vault").iterdir() if file.name != "vault.key"])


def test_the_first_keys_come_with_the_issuer_and_the_first_leaves(
    database: Database, issuer: Issuer, home: Path
) -> None:
    assert issuer == Issuer(did="did:web:ledger.example", log_origin="ledger.example/log", is_test=True)
    assert issuer.host == "ledger.example"
    receipt_key, log_key = keys_of(database)
    assert [(key.purpose, key.state, key.created_at) for key in (receipt_key, log_key)] == [
        ("receipt", "active", NOON),
        ("log", "active", NOON),
    ]
    assert receipt_key.kid == thumbprint(receipt_key.public_key)
    assert log_of(database) == [("receipt", receipt_key.kid, "created"), ("log", log_key.kid, "created")]
    assert signed_checkpoints(database) == [(2, log_key.kid)]
    assert secrets_in(home) == 2
    with database.before_tenant() as connection:  # the app role may ask as well
        assert issuer_of(connection) == issuer


def test_a_domain_of_ones_own_issues_no_tests(database: Database, vault: LocalVault) -> None:
    issuer = create_keys(database, vault, DidWeb.parse("ledger.carbonledger.com:8443"), now=NOON)
    assert issuer == Issuer(
        did="did:web:ledger.carbonledger.com%3A8443", log_origin="ledger.carbonledger.com:8443/log", is_test=False
    )


def test_a_first_key_is_made_once(database: Database, vault: LocalVault, issuer: Issuer, home: Path) -> None:
    before = keys_of(database)
    for name in (NAME, DidWeb.parse("other.example")):
        with pytest.raises(KeysExistError, match=r"keys of did:web:ledger\.example already"):
            create_keys(database, vault, name, now=LATER)
    assert (keys_of(database), secrets_in(home)) == (before, 2)


def test_of_two_first_keys_at_one_moment_one_is_made(database: Database, vault: LocalVault, home: Path) -> None:
    refused = []

    def create() -> None:
        try:
            create_keys(database, vault, NAME, now=NOON)
        except ConflictError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["keys-exist", "keys-exist"]
    assert (len(keys_of(database)), len(log_of(database)), secrets_in(home)) == (2, 2, 2)


def test_a_key_signs_what_its_public_half_verifies(database: Database, vault: LocalVault, issuer: Issuer) -> None:
    with database.worker() as connection:
        signers = [receipt_signer(connection, vault), log_signer(connection, vault)]
    for signer, purpose in zip(signers, ("receipt", "log"), strict=True):
        key = active(database, purpose)
        assert (signer.kid, signer.purpose, signer.did) == (key.kid, purpose, issuer.did)
        assert signer.verification_method == f"did:web:ledger.example#{key.kid}"
        assert signer.note_key == NoteKey("ledger.example/log", key.public_key)
        VerifyKey(key.public_key).verify(b"message", signer.sign(b"message"))
        assert "SigningKey" not in repr(signer)


def test_without_keys_nobody_signs(database: Database, vault: LocalVault) -> None:
    with database.worker() as connection, pytest.raises(NoKeysError, match="keys create"):
        receipt_signer(connection, vault)
    with pytest.raises(NoKeysError):
        rotate(database, vault, purpose="receipt", now=NOON)


def test_a_rotated_receipt_key_is_retired_and_its_private_half_destroyed(
    database: Database, vault: LocalVault, issuer: Issuer, home: Path
) -> None:
    old, log_key = active(database, "receipt"), active(database, "log")
    done = rotate(database, vault, purpose="receipt", now=LATER)
    new = active(database, "receipt")
    assert (done.kid, done.purpose, done.new_kid, done.left_secret_arn) == (old.kid, "receipt", new.kid, None)
    retired = next(key for key in keys_of(database) if key.kid == old.kid)
    assert (retired.state, retired.retired_at, retired.revoked_at) == ("retired", LATER, None)
    assert log_of(database)[2:] == [("receipt", new.kid, "created"), ("receipt", old.kid, "retired")]
    assert signed_checkpoints(database) == [(2, log_key.kid), (3, log_key.kid), (4, log_key.kid)]
    assert secrets_in(home) == 2


def test_a_log_key_signs_its_successor_in(database: Database, vault: LocalVault, issuer: Issuer, home: Path) -> None:
    old = active(database, "log")
    rotate(database, vault, purpose="log", now=LATER)
    new = active(database, "log")
    assert log_of(database)[2:] == [("log", new.kid, "created"), ("log", old.kid, "retired")]
    assert signed_checkpoints(database) == [(2, old.kid), (3, old.kid), (4, new.kid)]
    assert secrets_in(home) == 2


@pytest.mark.parametrize("purpose", ["receipt", "log"])
def test_revoking_the_active_key_makes_the_next_at_once(
    database: Database, vault: LocalVault, issuer: Issuer, home: Path, purpose: str
) -> None:
    old = active(database, purpose)
    done = revoke(database, vault, old.kid, reason=" the laptop was stolen ", now=LATER)
    new = active(database, purpose)
    assert (done.kid, done.new_kid) == (old.kid, new.kid)
    with database.worker() as connection:
        revoked = next(view for view in list_keys(connection) if view.key.kid == old.kid)
    assert (revoked.key.state, revoked.key.revoked_at, revoked.reason) == ("revoked", LATER, "the laptop was stolen")
    assert log_of(database)[2:] == [(purpose, old.kid, "revoked"), (purpose, new.kid, "created")]
    assert signed_checkpoints(database)[-1] == (4, active(database, "log").kid)
    assert secrets_in(home) == 2


def test_a_retired_key_is_revoked_without_a_successor(
    database: Database, vault: LocalVault, issuer: Issuer, home: Path
) -> None:
    old = active(database, "receipt")
    rotate(database, vault, purpose="receipt", now=LATER)
    present = active(database, "receipt")
    assert revoke(database, vault, old.kid, reason="stolen", now=LATER).new_kid is None
    assert active(database, "receipt") == present
    assert log_of(database)[4:] == [("receipt", old.kid, "revoked")]
    with pytest.raises(KeyRevokedError):
        revoke(database, vault, old.kid, reason="stolen", now=LATER)
    assert (len(log_of(database)), secrets_in(home)) == (5, 2)


def test_what_cannot_be_revoked_is_refused(database: Database, vault: LocalVault, issuer: Issuer) -> None:
    with pytest.raises(NotFoundError, match="keys list"):
        revoke(database, vault, "x" * 43, reason="stolen", now=LATER)
    for reason in ("", "  ", "x" * 201, "a\nb"):
        with pytest.raises(InvalidInputError, match="1 to 200 characters"):
            revoke(database, vault, active(database, "log").kid, reason=reason, now=LATER)
    assert len(log_of(database)) == 2


def test_a_key_that_was_replaced_signs_no_more(database: Database, vault: LocalVault, issuer: Issuer) -> None:
    with database.worker() as connection:
        signer = receipt_signer(connection, vault)
    with database.worker() as connection:
        signer.hold(connection)
    rotate(database, vault, purpose="receipt", now=LATER)
    with database.worker() as connection, pytest.raises(KeyReplacedError):
        signer.hold(connection)


def test_a_rotation_waits_for_what_holds_the_key(database: Database, vault: LocalVault, issuer: Issuer) -> None:
    with database.worker() as connection:
        signer = receipt_signer(connection, vault)
        signer.hold(connection)
        rotating = threading.Thread(target=rotate, args=(database, vault), kwargs={"purpose": "receipt", "now": LATER})
        rotating.start()
        waits = False
        while rotating.is_alive() and not waits:
            with connect(database.urls.admin) as watching:  # other roles do not see who waits for what
                waits = fetch_one(watching, WAITING)["found"]
        assert len(log_of(database)) == 2
    rotating.join()
    assert len(log_of(database)) == 4


@pytest.mark.parametrize("harm", ["another key", "no key", "missing", "damaged"])
def test_a_private_half_that_is_not_the_keys_is_refused_and_revoking_helps(
    database: Database, vault: LocalVault, issuer: Issuer, home: Path, harm: str
) -> None:
    old = active(database, "log")
    with database.owner() as connection:
        arn = fetch_one(connection, "select secret_arn from ops.signing_keys where kid = %s", [old.kid])["secret_arn"]
        if harm in {"another key", "no key"}:
            other = vault.put("other", SecretStr("11" * 32 if harm == "another key" else "not hex"))
            connection.execute("update ops.signing_keys set secret_arn = %s where kid = %s", [other, old.kid])
    if harm == "missing":
        vault.delete(arn)
    if harm == "damaged":
        (home / "vault" / arn.rpartition(":")[2]).write_bytes(b"x" * 90)
    with database.worker() as connection, pytest.raises(SigningKeyLostError, match=f"keys revoke {old.kid}"):
        log_signer(connection, vault)
    for purpose in ("log", "receipt"):
        with pytest.raises(SigningKeyLostError):
            rotate(database, vault, purpose=purpose, now=LATER)
    revoke(database, vault, old.kid, reason="lost", now=LATER)
    with database.worker() as connection:
        assert log_signer(connection, vault).kid == active(database, "log").kid != old.kid
    rotate(database, vault, purpose="receipt", now=LATER)


@pytest.mark.parametrize("refused_at", ["ops.signing_keys", "ops.log_leaves"])
def test_a_secret_whose_row_fails_is_deleted(
    database: Database, vault: LocalVault, home: Path, refused_at: str
) -> None:
    create_keys(database, vault, NAME, now=NOON)
    before = keys_of(database)
    with database.owner() as connection:
        connection.execute(f"revoke insert on {refused_at} from carbonledger_worker".encode())
    with pytest.raises(InsufficientPrivilege):
        rotate(database, vault, purpose="log", now=LATER)
    with pytest.raises(InsufficientPrivilege):
        revoke(database, vault, before[0].kid, reason="stolen", now=LATER)
    assert (keys_of(database), len(log_of(database)), secrets_in(home)) == (before, 2, 2)
