"""The organization's key: nothing opens without it, nothing opens as what it is not, and there is one."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.database import Database
from core.secret_store import LocalVault
from receipts.stored import NotIssuedError, load_document, load_pdf, sealed_document
from receipts.vault import Part, ReceiptErasedError, ReceiptVault, SealBrokenError, receipt_vault
from tests.conftest import NOON
from tests.receipts.closed_periods import closed_period
from tests.receipts.issued_receipts import issued_receipt

ONE, OTHER = "0" * 32, "f" * 32


@pytest.fixture
def store(home: Path) -> LocalVault:
    return LocalVault(home / "vault")


@pytest.fixture
def vault(store: LocalVault) -> ReceiptVault:
    return ReceiptVault.at(store, store.put("test", SecretStr("42" * 32)))


def test_what_is_sealed_opens_as_what_it_is(vault: ReceiptVault) -> None:
    sealed = vault.seal(b"content", receipt_id=ONE, part="document")
    assert b"content" not in sealed
    assert vault.open(sealed, receipt_id=ONE, part="document") == b"content"


@pytest.mark.parametrize(("receipt_id", "part"), [(OTHER, "document"), (ONE, "pdf")])
def test_what_is_sealed_does_not_open_as_anything_else(vault: ReceiptVault, receipt_id: str, part: Part) -> None:
    sealed = vault.seal(b"content", receipt_id=ONE, part="document")
    with pytest.raises(SealBrokenError, match=f"stored {part} of a receipt"):
        vault.open(sealed, receipt_id=receipt_id, part=part)


def test_a_changed_byte_or_another_key_opens_nothing(vault: ReceiptVault, store: LocalVault) -> None:
    sealed = vault.seal(b"content", receipt_id=ONE, part="document")
    with pytest.raises(SealBrokenError):
        vault.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), receipt_id=ONE, part="document")
    with pytest.raises(SealBrokenError):
        vault.open(b"", receipt_id=ONE, part="document")
    another = ReceiptVault.at(store, store.put("test", SecretStr("43" * 32)))
    with pytest.raises(SealBrokenError):
        another.open(sealed, receipt_id=ONE, part="document")


class MeetingStore(LocalVault):
    """Answers a `put` only when two have been asked for: both then find that no key was there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._meeting = threading.Barrier(2, timeout=60)

    def put(self, name: str, secret: SecretStr) -> str:
        arn = super().put(name, secret)
        self._meeting.wait()
        return arn


@pytest.mark.database
def test_of_two_that_make_the_key_at_once_one_key_stays(database: Database, home: Path) -> None:
    org_id = closed_period(database, usage=()).org_id
    store = MeetingStore(home / "vault")
    with ThreadPoolExecutor(2) as both:
        made = [
            both.submit(receipt_vault, database, store, org_id=org_id, now=NOON),
            both.submit(receipt_vault, database, store, org_id=org_id, now=NOON),
        ]
        first, second = (vault.result() for vault in made)
    sealed = first.seal(b"content", receipt_id=ONE, part="pdf")
    assert second.open(sealed, receipt_id=ONE, part="pdf") == b"content"
    assert len(list((home / "vault").iterdir())) == 2  # the organization's and the vault's own


@pytest.mark.database
def test_stored_receipts_are_the_organizations_and_go_with_its_key(database: Database, home: Path) -> None:
    issued, other = issued_receipt(database, home), issued_receipt(database, home)
    secrets, row_id = issued.home.secrets, issued.row["id"]
    with database.tenant(issued.period.org_id) as connection:
        assert load_document(connection, secrets, row_id) == issued.receipt
        assert load_pdf(connection, secrets, row_id) == issued.pdf
        with pytest.raises(NotIssuedError):
            load_document(connection, secrets, other.row["id"])
        part = sealed_document(connection, row_id)
    assert issued.receipt not in part.sealed
    secrets.delete(part.vault_arn)
    with pytest.raises(ReceiptErasedError):
        part.open(secrets)
