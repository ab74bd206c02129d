"""`carbonledger receipts verify`: what it prints, and the exit codes that scripts rely on."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from carbonledger.cli import main
from carbonledger.commands.exit_codes import ExitCode

from receipts.pdf.render import render
from tests.receipts.sample_usage import as_file, usage_lines
from tests.receipts.samples import RECEIPT_ID, SERIAL, Sample, key_history, sample_receipt
from tests.sdk.public_server import answers_of, serving

SAMPLE = sample_receipt()
NAME = "receipt.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A receipt as its holder keeps it: with its proof, the issuer's keys and the usage file."""
    write(tmp_path, SAMPLE)
    return tmp_path


def write(folder: Path, sample: Sample) -> None:
    (folder / NAME).write_bytes(sample.receipt)
    (folder / f"{NAME}.tlog-proof").write_bytes(sample.proof)
    (folder / "keys.json").write_bytes(sample.key_history)
    (folder / "usage.jsonl").write_bytes(sample.usage)


def run(folder: Path, *arguments: str, target: str = NAME, trust: bool = True) -> int:
    """The exit code. `target` is a file of the folder, if there is one with this name."""
    path = folder / target
    keys = ["--trust", str(folder / "keys.json")] if trust else []
    return main(["receipts", "verify", str(path) if path.exists() else target, *keys, *arguments])


def test_the_exit_codes_are_the_ones_that_the_help_lists() -> None:
    assert [code.value for code in ExitCode] == [0, 1, 2, 3]


def test_a_receipt_with_its_proof_beside_is_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == ExitCode.VALID
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"Receipt {SERIAL} of did:web:receipts.carbonledger.example (TEST)"
    assert printed[2].startswith("Stated  3602038 ug CO2e gross (range 650637 to 14353077), location-based, modelled")
    assert [line[:4] for line in printed if line.startswith(("ok", "FAIL", "- "))] == ["ok  "] * 9
    assert printed[-1] == "VALID"


def test_the_proof_may_be_named_or_have_the_receipts_name(folder: Path) -> None:
    elsewhere = folder / f"{NAME}.tlog-proof"
    elsewhere.rename(folder / "other.txt")
    assert run(folder) == ExitCode.NOT_CHECKED
    assert run(folder, "--proof", str(folder / "other.txt")) == ExitCode.VALID
    (folder / "other.txt").rename(folder / "receipt.tlog-proof")
    assert run(folder) == ExitCode.VALID


def test_a_pdf_is_known_by_its_contents(folder: Path) -> None:
    (folder / "october").write_bytes(render(SAMPLE.receipt, SAMPLE.proof, verify_url="https://c.example/verify/X"))
    assert run(folder, target="october") == ExitCode.VALID


def test_a_receipt_that_was_changed_is_not_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / NAME).write_bytes(SAMPLE.receipt.replace(b"Acme", b"Ecma"))
    assert run(folder) == ExitCode.NOT_VALID
    printed = capsys.readouterr().out
    assert "FAIL  signature   The signature is not this key's over these bytes.\n" in printed
    assert printed.endswith("\nNOT VALID\n")


def test_without_its_proof_a_receipt_is_not_fully_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / f"{NAME}.tlog-proof").unlink()
    assert run(folder) == ExitCode.NOT_CHECKED
    assert "-     inclusion   No log proof was given.\n" in capsys.readouterr().out


def test_without_keys_nothing_is_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, trust=False) == ExitCode.NOT_CHECKED
    assert capsys.readouterr().err.startswith("carbonledger: Whose keys?")


@pytest.mark.parametrize("content", [b"", b"\x89PNG", b"[]", b"%PDF-1.7\n"])
def test_a_file_that_is_no_receipt_is_bad_input(folder: Path, content: bytes) -> None:
    (folder / NAME).write_bytes(content)
    assert run(folder) == ExitCode.BAD_INPUT


def test_a_file_that_is_not_there_is_bad_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, target="receipt.jsn") == ExitCode.BAD_INPUT
    assert capsys.readouterr().err.startswith("carbonledger: There is no file receipt.jsn, and 'RECEIPT.JSN' is not")
    assert run(folder, target=".") == ExitCode.BAD_INPUT
    assert main(["receipts", "verify", "x" * 5000, "--trust", str(folder / "keys.json")]) == ExitCode.BAD_INPUT
    assert run(folder, "--proof", str(folder / "nowhere")) == ExitCode.BAD_INPUT


def test_keys_that_cannot_be_used_are_bad_input(folder: Path) -> None:
    (folder / "keys.json").write_bytes(key_history(receipt_key={"kid": "A" * 43}))
    assert run(folder) == ExitCode.BAD_INPUT


@pytest.mark.parametrize("arguments", [[], ["receipts"], ["receipts", "verify"], ["receipts", "verify", "x", "--no"]])
def test_wrong_arguments_are_bad_input(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == ExitCode.BAD_INPUT


def test_json_says_the_same_to_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json", "--recompute", str(folder / "usage.jsonl")) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert said.pop("checks")[5] == {
        "name": "signature",
        "outcome": "passed",
        "detail": "The key signed exactly this receipt.",
    }
    assert said == {
        "valid": True,
        "exitCode": 0,
        "sha256": SAMPLE.sha256,
        "trust": f"of did:web:receipts.carbonledger.example, {folder / 'keys.json'}",
        "status": None,
        "differences": [],
        "receipt": SAMPLE.document,
    }


def test_nothing_of_a_receipt_that_failed_is_repeated_to_programs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / NAME).write_bytes(SAMPLE.receipt.replace(b"Acme", b"Ecma"))
    assert run(folder, "--json") == 1
    assert json.loads(capsys.readouterr().out)["receipt"] is None


def test_numbers_are_recomputed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--recompute", str(folder / "usage.jsonl")) == ExitCode.VALID
    assert "Every number follows from the usage file, to the digit." in capsys.readouterr().out


def test_a_number_that_is_not_the_usage_files_is_not_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = usage_lines()
    lines[-1]["requests"] = "1"
    usage = as_file(lines)
    sealed = SAMPLE.document["credentialSubject"]["sealedUsage"]
    write(folder, sample_receipt(sealedUsage={**sealed, "sha256": sha256(usage).hexdigest()}))
    (folder / "usage.jsonl").write_bytes(usage)
    assert run(folder, "--recompute", str(folder / "usage.jsonl")) == ExitCode.NOT_VALID
    assert "credentialSubject.usage.requests: 124 is stated, 125 comes out." in capsys.readouterr().out


def test_another_usage_file_is_bad_input(folder: Path) -> None:
    assert run(folder, "--recompute", str(folder / "keys.json")) == ExitCode.BAD_INPUT


def test_nothing_in_a_file_controls_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = '"\\u001b]0;owned\\u0007":1,'
    (folder / NAME).write_bytes(SAMPLE.receipt.replace(b'"@context"', name.encode() + b'"@context"', 1))
    assert run(folder) == ExitCode.NOT_VALID
    assert not any(ord(character) < 32 for character in capsys.readouterr().out.replace("\n", ""))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_it_runs_as_a_command_on_any_terminal(folder: Path, encoding: str) -> None:
    write(folder, sample_receipt(legalName="株式会社 カーボン"))
    command = [sys.executable, "-m", "carbonledger", "receipts", "verify", NAME, "--trust", "keys.json"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, env={"PYTHONIOENCODING": encoding}, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.endswith(b"VALID\n")


def test_a_file_and_a_server_show_whether_the_receipt_still_stands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(answers_of(SAMPLE)) as url:
        assert run(folder, "--server", url, trust=False) == ExitCode.VALID
    printed = capsys.readouterr().out
    assert f"Keys    of did:web:receipts.carbonledger.example, fetched from {url} just now" in printed
    assert "ok    status      The issuer says that the receipt stands.\n" in printed


def test_a_log_proof_that_is_not_there_is_taken_from_the_server(folder: Path) -> None:
    (folder / f"{NAME}.tlog-proof").unlink()
    with serving(answers_of(SAMPLE)) as url:
        assert run(folder, "--server", url) == ExitCode.VALID


def test_a_voided_receipt_is_not_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(answers_of(SAMPLE, state="superseded", supersededBy="CLT-2026-10-000G40R4-O")) as url:
        assert run(folder, "--server", url) == ExitCode.NOT_VALID
    printed = capsys.readouterr().out
    assert "FAIL  status      The issuer has voided the receipt. CLT-2026-10-000G40R4-O counts instead.\n" in printed


def test_another_receipt_under_the_same_serial_number_is_not_valid(folder: Path) -> None:
    with serving(answers_of(sample_receipt(legalName="Somebody Else AG"))) as url:
        assert run(folder, "--server", url) == ExitCode.NOT_VALID


def test_a_server_that_does_not_answer_leaves_the_status_unchecked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving({}) as url:
        assert run(folder, "--server", url) == ExitCode.NOT_CHECKED
    assert run(folder, "--server", url) == ExitCode.NOT_CHECKED
    assert "ok    inclusion   The log has this receipt.\n" in capsys.readouterr().out


def test_a_serial_number_alone_shows_that_the_log_has_a_receipt(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(answers_of(SAMPLE)) as url:
        assert run(folder, "--server", url, target=SERIAL.lower()) == ExitCode.NOT_CHECKED
    printed = capsys.readouterr().out
    assert "-     signature   The receipt itself is needed for it.\n" in printed
    assert "ok    inclusion   The log has this receipt.\n" in printed


def test_a_serial_number_with_the_receipts_id_shows_all_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(answers_of(SAMPLE)) as url:
        assert run(folder, "--server", url, "--id", RECEIPT_ID, target=SERIAL) == ExitCode.VALID
        assert run(folder, "--server", url, "--id", "0" * 32, target=SERIAL) == ExitCode.NOT_CHECKED
    assert "knows no receipt" in capsys.readouterr().err


def test_a_serial_number_needs_a_server(folder: Path) -> None:
    assert run(folder, target=SERIAL) == ExitCode.NOT_CHECKED


def test_a_record_whose_log_proof_is_another_receipts_is_not_valid(folder: Path) -> None:
    answers = answers_of(SAMPLE)
    other = sample_receipt(legalName="Somebody Else AG")
    path = f"/verify/{SERIAL}"
    answers[path] = (200, answers[path][1].replace(SAMPLE.sha256.encode(), other.sha256.encode()))
    with serving(answers) as url:
        assert run(folder, "--server", url, target=SERIAL) == ExitCode.NOT_VALID


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"{}"),
        (200, b"x" * (4 * 1024 * 1024 + 1)),
        (302, b"https://evil.example/"),
        (500, b"{}"),
        (200, answers_of(sample_receipt(serial="CLT-2026-10-000G40R4-O"))["/verify/CLT-2026-10-000G40R4-O"][1]),
    ],
    ids=["html", "empty", "endless", "redirect", "broken", "another receipt's"],
)
def test_an_answer_that_is_no_record_checks_nothing(folder: Path, answer: tuple[int, bytes]) -> None:
    with serving({f"/verify/{SERIAL}": answer}) as url:
        assert run(folder, "--server", url, target=SERIAL) == ExitCode.NOT_CHECKED


@pytest.mark.parametrize(
    "url", ["http://carbonledger.example", "ftp://localhost", "carbonledger.example", "file:///etc", "https://["]
)
def test_keys_are_taken_over_https_only_but_from_this_machine(folder: Path, url: str) -> None:
    assert run(folder, "--server", url, trust=False) == ExitCode.BAD_INPUT
