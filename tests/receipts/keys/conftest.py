"""A vault, and the first keys of a test issuer in it."""

from pathlib import Path

import pytest

from core.database import Database
from core.did_web import DidWeb
from core.secret_store import LocalVault
from receipts.keys.issuer import Issuer
from receipts.keys.signing_keys import create_keys
from tests.conftest import NOON

NAME = DidWeb.parse("ledger.example")


@pytest.fixture
def vault(home: Path) -> LocalVault:
    return LocalVault(home / "vault")


@pytest.fixture
def issuer(database: Database, vault: LocalVault) -> Issuer:
    return create_keys(database, vault, NAME, now=NOON)
