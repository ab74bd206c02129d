"""`carbonledger-server credits …` as operators run it: from the CSV to units that are retired, and refusals."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from core.errors import CarbonLedgerError
from tests.app.test_cli import run

pytestmark = pytest.mark.database

HEADER = (
    "registry,serial_number_block,unit_count,unit_status,unit_type,mitigation_class,unit_registry_link,vintage_year,"
    "project_id,project_name,host_country,project_type,methodology,corresponding_adjustment_declaration,acquired_at,"
    "cost_cents,currency\n"
)
POOL = "CarbonLedger, on behalf of its customers"
SERIAL = "ACR-US-934-2024-2891-58384 to 58673"
ROW = (
    f"ACR,{SERIAL},290,Held,Removal - technical,removal,https://acr2.apx.com/mymodule/reg/prjView.asp?id1=934,2024,"
    "ACR934,Orphaned wells,US,Industrial,ACR Plugging,Unknown,2026-10-01,725000,USD\n"
)


def test_from_the_csv_to_units_that_are_retired(
    home: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in this process: what the process around it adds is told by the test below."""
    monkeypatch.setenv("CARBONLEDGER_HOME", str(home))
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", database_url)
    file, statement = tmp_path / "credits.csv", tmp_path / "statement.html"
    file.write_text(HEADER + ROW)
    statement.write_text("retired")

    def told(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["credits", *arguments])
        if isinstance(done.exception, CarbonLedgerError):
            return done.exception.sentence
        assert done.exit_code == code
        return done.stdout

    assert told("import", str(file)) == "imported 1 blocks with 290 units; 0 were there already\n"
    assert told("retire", "1", "2") == (
        "retirement 1 (manual): units 58384 to 58385, reference carbonledger:ACR:2891:58384-58385:1\n"
    )
    assert told("retire", "1", "289") == "Block 1 has 288 held units, so 289 cannot be retired."
    shown = ("--registry-id", "R-7", "--retired-on", "2026-10-02", "--beneficiary")
    assert told("evidence", "1", str(statement), *shown, "Somebody else") == (
        f"The registry names 'Somebody else' as beneficiary, our pool is '{POOL}'."
    )
    assert told("evidence", "1", str(statement), *shown, POOL) == (
        "retirement 1 is settled: units 58384 to 58385 are retired\n"
    )
    assert told("list").splitlines() == [
        "block       held g  ordered g  retired g  invalid g  allotted g     free g  vintage  class    serial numbers",
        f"    1  288,000,000          0  2,000,000          0           0  2,000,000     2024  removal  {SERIAL}",
        "waiting periods need 0 g; open ones will need unknown before the first build",
    ]
    why = ("--reason", "cancelled by ACR")
    assert told("invalidate", "--block", "1", "--units", "58385-58386", *why) == (
        "2 units of block 1 back nothing any more; 0 were invalidated already\n"
    )
    assert told("invalidate", "--retirement", "1", *why) == (
        "1 units of block 1 back nothing any more; 1 were invalidated already\n"
    )
    assert told("invalidate", "--block", "1", "--units", "58385", *why) == (
        "Write units as 58384-58385: the first, a hyphen, the last."
    )
    told("invalidate", "--block", "1", *why, code=2)
    assert [line.partition(" on 20")[0] for line in told("list").splitlines()[1:4]] == [
        f"    1  287,000,000          0          0  3,000,000           0       0     2024  removal  {SERIAL}",
        "units 58384 to 58384 of block 1 were invalidated",
        "units 58385 to 58386 of block 1 were invalidated",
    ]
    assert told("reconcile") == "no difference\n"
    kept = next((home / "evidence").iterdir())
    kept.unlink()
    assert told("reconcile", code=1) == f"evidence statement.html: the kept file {kept.name} is missing\n"


def test_a_bad_file_is_refused_with_every_problem(home: Path, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "credits.csv"
    file.write_text(HEADER + ROW.replace("290", "291") + ROW.replace("2891", "289I").replace("US,Ind", "CA,Ind"))
    refused = run("credits", "import", str(file), home=home, DATABASE_URL=database_url)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines() == [
        "error: Nothing was imported.",
        "row 2: unit_count is 291, but 58384 to 58673 are 290 units, both ends included",
        f"row 3: serial_number_block '{SERIAL.replace('2891', '289I')}': it has the letter I where a digit belongs, at"
        " character 20",
    ]
