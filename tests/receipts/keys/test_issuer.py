"""Receipts wait for keys and for settings that name their issuer; operators are told once."""

import pytest

from core.database import Database
from core.settings import Settings
from receipts.keys.errors import NoKeysError, OtherIssuerError
from receipts.keys.issuer import Issuer, issuer_or_tell, required_issuer
from tests.conftest import NOON

pytestmark = pytest.mark.database

UNSET = Settings(_env_file=None)
LEDGER = Settings(_env_file=None, issuer="ledger.example")
OTHER = Settings(_env_file=None, issuer="other.example")


def told(database: Database) -> list[str]:
    with database.owner() as connection:
        rows = connection.execute(
            "select title, body from ops.outbox where channel = 'operator' order by id"
        ).fetchall()
    assert {row["title"] for row in rows} <= {"Receipts wait for their keys"}
    return [row["body"].removeprefix("Periods are closed, and their receipts cannot be issued. ") for row in rows]


def test_without_keys_operators_are_told_once(database: Database) -> None:
    for _ in range(2):
        with database.worker() as connection:
            assert issuer_or_tell(connection, UNSET, now=NOON) is None
    assert told(database) == [
        "There are no signing keys yet. Set CARBONLEDGER_ISSUER and run `carbonledger-server keys create`."
    ]
    with database.worker() as connection, pytest.raises(NoKeysError):
        required_issuer(connection, LEDGER)


def test_with_keys_and_their_issuer_nobody_is_told(database: Database, issuer: Issuer) -> None:
    with database.worker() as connection:
        assert issuer_or_tell(connection, LEDGER, now=NOON) == issuer
    assert told(database) == []


def test_an_issuer_never_changes_its_name(database: Database, issuer: Issuer) -> None:
    for settings in (UNSET, OTHER, OTHER):
        with database.worker() as connection:
            assert issuer_or_tell(connection, settings, now=NOON) is None
        with database.worker() as connection, pytest.raises(OtherIssuerError):
            required_issuer(connection, settings)
    laid = "The keys of this database are those of did:web:ledger.example, and CARBONLEDGER_ISSUER"
    act = "An issuer never changes its name: set it to did:web:ledger.example, or begin with a new database."
    assert told(database) == [f"{laid} is not set. {act}", f"{laid} names did:web:other.example. {act}"]
