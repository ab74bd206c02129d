"""What is published of the keys: history, DID document, JWK set; read back as their readers would."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from carbonledger.verify.base58 import from_multikey
from carbonledger.verify.trust import Trust

from core.database import Database
from core.secret_store import LocalVault
from receipts.keys.did_document import did_document
from receipts.keys.errors import NoKeysError
from receipts.keys.history import key_history
from receipts.keys.issuer import Issuer
from receipts.keys.jwks import jwks
from receipts.keys.published import PublishedKey, published_keys
from receipts.keys.signing_keys import revoke, rotate
from tests.conftest import NOON

pytestmark = pytest.mark.database

LATER = NOON + timedelta(days=365)


@pytest.fixture
def keys(database: Database, vault: LocalVault, issuer: Issuer) -> list[PublishedKey]:
    """Receipt keys: a retired one, a revoked one, the active one. Log keys: a retired one, the active one."""
    rotate(database, vault, purpose="receipt", now=NOON + timedelta(seconds=1))
    rotate(database, vault, purpose="log", now=NOON + timedelta(seconds=2))
    with database.worker() as connection:
        second = published_keys(connection)[1]
    revoke(database, vault, second.kid, reason="stolen", now=LATER)
    with database.before_tenant() as connection:
        return published_keys(connection)


def test_the_library_trusts_by_the_history(database: Database, keys: list[PublishedKey]) -> None:
    with database.before_tenant() as connection:
        history = key_history(connection)
    trust = Trust.from_key_history(json.dumps(history).encode())
    assert (trust.issuer, trust.is_test, trust.log_origin) == ("did:web:ledger.example", True, "ledger.example/log")
    assert [(key.kid, key.public_key, key.state, key.revoked_at_leaf) for key in trust.receipt_keys.values()] == [
        (keys[0].kid, keys[0].public_key, "retired", None),
        (keys[1].kid, keys[1].public_key, "revoked", 6),
        (keys[2].kid, keys[2].public_key, "active", None),
    ]
    assert [(key.kid, key.note_key.public_key, key.state) for key in trust.log_keys] == [
        (keys[3].kid, keys[3].public_key, "retired"),
        (keys[4].kid, keys[4].public_key, "active"),
    ]


def test_the_history_says_when_what_became_of_a_key(database: Database, keys: list[PublishedKey]) -> None:
    with database.before_tenant() as connection:
        told = key_history(connection)["keys"]
    assert [(key["createdAt"], key["retiredAt"], key["revokedAt"]) for key in told] == [
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:01Z", None),
        ("2026-11-22T12:00:01Z", None, "2027-11-22T12:00:00Z"),
        ("2027-11-22T12:00:00Z", None, None),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:02Z", None),
        ("2026-11-22T12:00:02Z", None, None),
    ]
    assert [key["vkey"] is None for key in told] == [True, True, True, False, False]


def test_every_receipt_key_is_in_the_did_document_and_the_good_ones_assert(
    database: Database, keys: list[PublishedKey]
) -> None:
    with database.before_tenant() as connection:
        document = did_document(connection)
    ids = [f"did:web:ledger.example#{key.kid}" for key in keys[:3]]
    assert document["@context"] == ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
    assert document["id"] == "did:web:ledger.example"
    assert document["assertionMethod"] == [ids[0], ids[2]]
    methods = document["verificationMethod"]
    assert [method["id"] for method in methods] == ids
    assert [from_multikey(method["publicKeyMultibase"]) for method in methods] == [key.public_key for key in keys[:3]]
    assert {(method["type"], method["controller"]) for method in methods} == {("Multikey", "did:web:ledger.example")}
    assert [method.get("revoked") for method in methods] == [None, "2027-11-22T12:00:00Z", None]


def test_the_jwk_set_has_every_receipt_key_and_no_log_key(database: Database, keys: list[PublishedKey]) -> None:
    with database.before_tenant() as connection:
        published = jwks(connection)["keys"]
    assert [key["kid"] for key in published] == [key.kid for key in keys[:3]]
    assert [urlsafe_b64decode(key["x"] + "=") for key in published] == [key.public_key for key in keys[:3]]
    for key in published:
        assert key.keys() == {"kty", "crv", "kid", "x", "use"}
        assert (key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig")


def test_before_the_first_key_there_is_nothing_to_publish(database: Database) -> None:
    for document in (key_history, did_document, jwks):
        with database.before_tenant() as connection, pytest.raises(NoKeysError):
            document(connection)
