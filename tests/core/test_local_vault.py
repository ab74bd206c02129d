"""The local vault: what lies on disk, and what happens when it is damaged, copied or raced for."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.secret_store import LocalVault, SecretMissingError, VaultDamagedError, secret_store
from core.settings import Settings
from tests.source_tree import ROOT

KEY = SecretStr("sk-admin-0123456789")


@pytest.fixture
def vault(home: Path) -> LocalVault:
    return LocalVault(home / "vault")


def files_of(home: Path) -> list[Path]:
    return sorted((home / "vault").iterdir())


def test_a_secret_comes_back_under_its_arn(vault: LocalVault) -> None:
    arn = vault.put("org_1/openai", KEY)
    assert arn.startswith("arn:carbonledger:vault:local:secret:")
    assert vault.get(arn).get_secret_value() == "sk-admin-0123456789"


def test_every_secret_has_an_arn_of_its_own(vault: LocalVault) -> None:
    assert vault.put("same", KEY) != vault.put("same", KEY)


def test_only_the_owner_may_read_the_vault_and_it_is_sealed(vault: LocalVault, home: Path) -> None:
    vault.put("org_1/openai", KEY)
    assert stat.S_IMODE((home / "vault").stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in files_of(home)] == [0o600, 0o600]
    assert all(b"sk-admin" not in file.read_bytes() and b"openai" not in file.read_bytes() for file in files_of(home))


def test_another_process_reads_the_same_vault(vault: LocalVault, home: Path) -> None:
    arn = vault.put("org_1/openai", KEY)
    assert LocalVault(home / "vault").get(arn) == KEY


def test_a_forgotten_secret_is_missing_and_forgetting_twice_is_no_error(vault: LocalVault) -> None:
    arn = vault.put("org_1/openai", KEY)
    vault.delete(arn)
    vault.delete(arn)
    with pytest.raises(SecretMissingError):
        vault.get(arn)


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
        "arn:carbonledger:vault:local:secret:",
        "arn:carbonledger:vault:local:secret:vault.key",
        "arn:carbonledger:vault:local:secret:../../etc/passwd",
        "arn:carbonledger:vault:local:secret:" + "A" * 32,
    ],
)
def test_an_arn_that_is_not_the_vaults_reaches_no_file(vault: LocalVault, arn: str) -> None:
    vault.put("org_1/openai", KEY)
    with pytest.raises(SecretMissingError):
        vault.get(arn)
    with pytest.raises(SecretMissingError):
        vault.delete(arn)


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 32, b"\0" * 33])
def test_a_damaged_key_is_told_and_nothing_is_made_anew(vault: LocalVault, home: Path, damage: bytes) -> None:
    arn = vault.put("org_1/openai", KEY)
    (home / "vault" / "vault.key").write_bytes(damage)
    with pytest.raises(VaultDamagedError, match="re-authenticate"):
        vault.get(arn)


def test_a_lost_key_is_not_replaced_by_reading(vault: LocalVault, home: Path) -> None:
    arn = vault.put("org_1/openai", KEY)
    (home / "vault" / "vault.key").unlink()
    with pytest.raises(VaultDamagedError):
        vault.get(arn)
    assert not (home / "vault" / "vault.key").exists()


def test_a_changed_file_does_not_open(vault: LocalVault, home: Path) -> None:
    arn = vault.put("org_1/openai", KEY)
    file = home / "vault" / arn.rpartition(":")[2]
    sealed = bytearray(file.read_bytes())
    sealed[-1] ^= 1
    file.write_bytes(sealed)
    with pytest.raises(VaultDamagedError):
        vault.get(arn)


def test_one_secrets_file_cannot_stand_in_for_another(vault: LocalVault, home: Path) -> None:
    mine, theirs = vault.put("org_1/openai", KEY), vault.put("org_2/openai", SecretStr("sk-admin-other"))
    folder = home / "vault"
    (folder / mine.rpartition(":")[2]).write_bytes((folder / theirs.rpartition(":")[2]).read_bytes())
    with pytest.raises(VaultDamagedError):
        vault.get(mine)


def test_processes_that_race_for_the_key_file_agree_on_one(home: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pydantic import SecretStr;"
        "from core.secret_store import LocalVault; sys.stdin.read();"
        "print(LocalVault(Path(sys.argv[1])).put('n', SecretStr('from ' + sys.argv[2])))"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(home / "vault"), str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for racer in racers:  # all wait at the start line until here
        assert racer.stdin is not None
        racer.stdin.close()
        racer.stdin = None
    arns = [racer.communicate(timeout=60)[0].strip() for racer in racers]
    vault = LocalVault(home / "vault")
    assert [vault.get(arn).get_secret_value() for arn in arns] == ["from 0", "from 1", "from 2"]
    assert len(files_of(home)) == 4


def test_the_local_vault_is_the_default(home: Path) -> None:
    assert isinstance(secret_store(Settings(_env_file=None, home=home)), LocalVault)
