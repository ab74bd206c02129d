"""`carbonledger receipts verify` asks this server, as anybody's copy of the library does."""

from pathlib import Path

import pytest
from carbonledger.cli import main
from carbonledger.commands.exit_codes import ExitCode

from tests.app.verification.published import Published
from tests.receipts.issued_receipts import IssuedReceipt

pytestmark = pytest.mark.database


@pytest.fixture
def folder(published: Published, tmp_path: Path) -> Path:
    """What the holder of October's receipt has downloaded, and the keys that they keep."""
    keep(published.october, tmp_path)
    (tmp_path / "keys.json").write_bytes(published.client.get("/.well-known/key-history.json").content)
    return tmp_path


def keep(receipt: IssuedReceipt, folder: Path) -> None:
    (folder / "receipt.json").write_bytes(receipt.receipt)
    (folder / "receipt.tlog-proof").write_bytes(receipt.proof)


def ask(published: Published, target: str | Path, *arguments: str) -> int:
    return main(["receipts", "verify", str(target), "--server", published.url, *arguments])


def test_a_receipt_that_stands_is_valid(published: Published, folder: Path) -> None:
    assert ask(published, folder / "receipt.json") == ExitCode.VALID
    assert ask(published, folder / "receipt.json", "--trust", str(folder / "keys.json")) == ExitCode.VALID


def test_a_receipt_that_was_replaced_is_not_valid_and_its_replacement_is(
    published: Published, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(published.issued.replaced, folder)
    assert ask(published, folder / "receipt.json") == ExitCode.NOT_VALID
    assert f"{published.issued.replacement.serial} counts instead." in capsys.readouterr().out
    keep(published.issued.replacement, folder)
    assert ask(published, folder / "receipt.json") == ExitCode.VALID


def test_a_serial_number_with_its_id_is_verified_as_the_file_is(
    published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    october = published.october
    assert ask(published, october.serial, "--id", october.receipt_id) == ExitCode.VALID
    assert f"For     {october.subject['legalName']}," in capsys.readouterr().out


def test_a_serial_number_alone_shows_that_the_log_has_a_receipt(
    published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(published, published.october.serial) == ExitCode.NOT_CHECKED
    printed = capsys.readouterr().out
    assert "ok    inclusion   The log has this receipt.\n" in printed
    assert "ok    status      The issuer says that the receipt stands.\n" in printed
    assert "FAIL" not in printed


def test_a_voided_receipts_serial_number_says_so(published: Published) -> None:
    assert ask(published, published.issued.voided.serial) == ExitCode.NOT_VALID


def test_what_the_server_does_not_tell_is_not_checked(published: Published) -> None:
    issued = published.issued
    assert ask(published, issued.erased.serial) == ExitCode.NOT_CHECKED
    assert ask(published, issued.ordered_serial, "--id", issued.ordered_id) == ExitCode.NOT_CHECKED
    assert ask(published, published.october.serial, "--id", "0" * 32) == ExitCode.NOT_CHECKED
