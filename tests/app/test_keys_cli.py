"""`carbonledger-server keys …` as operators run it: first keys, rotation, revocation, and refusals."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from core.database import connect
from core.errors import CarbonLedgerError
from tests.app.test_cli import run

pytestmark = pytest.mark.database

KID = "([A-Za-z0-9_-]{43})"
VKEY = r"\(ledger\.example/log\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}\)"
DAY = r"\d{4}-\d\d-\d\d"

Told = Callable[..., str]


@pytest.fixture
def told(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Told:
    """What a command prints, or the sentence that it fails with; in this process, with an issuer."""
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)
    monkeypatch.setenv("CARBONLEDGER_ISSUER", "ledger.example")

    def told(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["keys", *arguments])
        if isinstance(done.exception, CarbonLedgerError):
            return done.exception.sentence
        assert done.exit_code == 0, done.output
        return done.stdout

    return told


def match(pattern: str, text: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text)
    assert found is not None, text
    return found.groups()


def test_from_the_first_keys_to_a_theft(told: Told) -> None:
    assert told("list") == "There are no keys; `keys create` makes the first.\n"
    first, log = match(
        "receipts are issued by did:web:ledger.example, as tests: nobody owns this name\n"
        f"receipts: signed by {KID}\nthe log: signed by {KID} {VKEY}\n"
        r"back up the secrets with the database now \(docs/runbook.md\)" + "\n",
        told("create"),
    )
    (old, second, same_log) = match(
        f"key {KID} for receipts is retired; what it signed stays good\nreceipts: signed by {KID}\n"
        f"the log: signed by {KID} {VKEY}\n",
        told("rotate", "--purpose", "receipt"),
    )
    assert (old, same_log) == (first, log)
    (stolen, third, _) = match(
        f"key {KID} for receipts is revoked\nreceipts: signed by {KID}\nthe log: signed by {KID} {VKEY}\n",
        told("revoke", second, "--reason", "the laptop was stolen"),
    )
    assert stolen == second
    (_, _, second_log) = match(
        f"key {KID} for the log is retired; what it signed stays good\nreceipts: signed by {KID}\n"
        f"the log: signed by {KID} {VKEY}\n",
        told("rotate", "--purpose", "log"),
    )
    assert match(
        f"{KID}  receipt  retired  created {DAY}, retired {DAY}\n"
        f"{KID}  receipt  revoked  created {DAY}, revoked {DAY}: the laptop was stolen\n"
        f"{KID}  receipt  active   created {DAY}\n"
        f"{KID}  log      retired  created {DAY}, retired {DAY}\n"
        f"{KID}  log      active   created {DAY}\n",
        told("list"),
    ) == (first, second, third, log, second_log)


def test_refusals_say_what_to_do(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("rotate", "--purpose", "log").startswith("There are no signing keys yet. Set CARBONLEDGER_ISSUER")
    told("create")
    assert told("create").startswith("There are keys of did:web:ledger.example already.")
    for unknown in ("x" * 43, "-" + "x" * 42, "--" + "x" * 41):
        assert told("revoke", unknown, "--reason", "stolen") == "There is no key with this id; `keys list` shows them."
    monkeypatch.setenv("CARBONLEDGER_ISSUER", "other.example")
    for act in (("rotate", "--purpose", "receipt"), ("revoke", "x" * 43, "--reason", "stolen")):
        assert told(*act).startswith("The keys of this database are those of did:web:ledger.example")
    monkeypatch.delenv("CARBONLEDGER_ISSUER")
    assert told("create").startswith("Set CARBONLEDGER_ISSUER to the domain")


def test_a_name_that_is_none_is_one_line(home: Path, database_url: str) -> None:
    refused = run("keys", "create", home=home, DATABASE_URL=database_url, ISSUER="https://ledger.example")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "error: These settings cannot be used: CARBONLEDGER_ISSUER (Value error, an issuer is a domain name in ASCII,"
        " such as carbonledger.example, or its did:web:…).\n"
    )


def test_the_doctor_tells_of_keys(told: Told, home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in ("OPENAI", "ANTHROPIC", "OPENROUTER"):
        monkeypatch.setenv(f"CARBONLEDGER_{provider}_BASE_URL", "http://127.0.0.1:9")

    def finding() -> str:
        lines = CliRunner().invoke(app, ["doctor"]).stdout.splitlines()
        return next(line for line in lines if " keys: " in line)

    assert finding().startswith("warning  keys: There are no signing keys yet.")
    told("create")
    assert finding() == "ok       keys: a receipt and a checkpoint can be signed"
    with connect(database_url) as connection:
        connection.execute("update ops.signing_keys set created_at = created_at - interval '367 days'")
    assert finding() == (
        "warning  keys: older than a year; run `carbonledger-server keys rotate --purpose receipt` and"
        " `carbonledger-server keys rotate --purpose log`"
    )
    for sealed in (home / "vault").iterdir():
        sealed.unlink()
    assert finding().startswith("FAILURE  keys: The private half of key ")
    monkeypatch.setenv("CARBONLEDGER_ISSUER", "other.example")
    assert finding().startswith("FAILURE  keys: The keys of this database are those of did:web:ledger.example")
