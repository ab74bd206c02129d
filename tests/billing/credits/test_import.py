"""Importing a CSV of credits: every problem with its row, nothing by halves, the same file twice is once."""

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from billing.credits.errors import RefusedFileError
from billing.credits.evidence import EvidenceFolder
from billing.credits.import_file import Imported, import_credits
from core.database import Database
from tests.billing.credits.ledger import NOW, POOL

HELD = {
    "registry": "VERRA",
    "serial_number_block": "13557-513004457-513073958-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0",
    "unit_count": "69502",
    "unit_status": "Held",
    "unit_type": "Reduction - nature",
    "mitigation_class": "reduction",
    "unit_registry_link": "https://registry.verra.org/app/projectDetail/VCS/2366",
    "vintage_year": "2021",
    "project_id": "VCS2366",
    "project_name": "Grassland restoration",
    "host_country": "TZ",
    "project_type": "Agriculture Forestry and Other Land Use",
    "methodology": "VM0032",
    "corresponding_adjustment_declaration": "Unknown",
    "acquired_at": "2026-10-01",
    "cost_cents": "34751000",
    "currency": "USD",
}
RETIRED = HELD | {
    "registry": "ACR",
    "serial_number_block": "ACR-US-934-2024-2891-58384 to 58673",
    "unit_count": "290",
    "unit_status": "Retired",
    "unit_status_reason": "Environmental benefit",
    "unit_type": "Removal - technical",
    "mitigation_class": "removal",
    "durability_years": "1000",
    "vintage_year": "2024",
    "project_id": "ACR934",
    "host_country": "US",
    "ccp_label": "CCP",
    "ccp_label_checked_at": "2026-11-02",
    "registry_retirement_id": "RET-58250413031",
    "retired_on": "2026-11-01",
    "beneficiary_on_registry": POOL.upper(),
    "evidence_file": "acr.pdf",
}


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "home")


def a_csv(tmp_path: Path, *rows: Mapping[str, str], name: str = "credits.csv") -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def take(database: Database, folder: EvidenceFolder, path: Path, *, evidence: Path | None = None) -> Imported:
    return import_credits(database, folder, path, evidence=evidence, beneficiary=POOL, now=NOW)


def problems(database: Database, folder: EvidenceFolder, path: Path, *, evidence: Path | None = None) -> list[str]:
    with pytest.raises(RefusedFileError) as refused:
        take(database, folder, path, evidence=evidence)
    return list(refused.value.problems)


def blocks(database: Database) -> list[tuple[str, int, int]]:
    """(serial, held, free) grams of each block."""
    with database.worker() as connection:
        rows = connection.execute(
            "select serial_number_block, held_grams, free_grams from ops.credit_blocks"
            " join ops.credit_balances on block_id = id order by id"
        ).fetchall()
    return [(row["serial_number_block"], row["held_grams"], row["free_grams"]) for row in rows]


@pytest.mark.database
def test_held_and_retired_units_come_in_with_their_evidence(
    database: Database, folder: EvidenceFolder, tmp_path: Path
) -> None:
    statement = tmp_path / "statements"
    statement.mkdir()
    (statement / "acr.pdf").write_bytes(b"retired for the pool")
    path = a_csv(tmp_path, HELD, RETIRED)
    assert take(database, folder, path, evidence=statement) == Imported(2, 69_792, 0)
    assert blocks(database) == [
        (HELD["serial_number_block"], 69_502_000_000, 0),
        (RETIRED["serial_number_block"], 0, 290_000_000),
    ]
    kept = folder.path(hashlib.sha256(b"retired for the pool").hexdigest())
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b"retired for the pool", 0o400)
    assert take(database, folder, path, evidence=statement / "acr.pdf") == Imported(0, 0, 2)


@pytest.mark.database
def test_every_problem_is_told_with_its_row_and_nothing_is_imported(
    database: Database, folder: EvidenceFolder, tmp_path: Path
) -> None:
    path = a_csv(
        tmp_path,
        HELD,
        HELD | {"unit_count": "69501", "host_country": "KE", "vintage_year": "2020", "project_id": "VCS2367"},
        HELD | {"serial_number_block": "15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O"},
        HELD | {"unit_status": "Cancelled", "currency": "dollars", "cost_cents": "-1"},
        HELD | {"registry": "PURO"},
        RETIRED | {"beneficiary_on_registry": "ZGF Architects"},
        RETIRED | {"retired_on": "", "serial_number_block": "ACR-US-934-2024-2891-60000 to 60289"},
        HELD | {"unit_status": "Ex-ante", "mitigation_class": "removal", "ccp_label": "CCP"},
    )
    dirty = "15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O"
    overlap = "units 513004457 to 513073958 overlap those of row"
    assert problems(database, folder, path) == [
        "row 3: unit_count is 69,501, but 513004457 to 513073958 are 69,502 units, both ends included",
        "row 3: vintage_year is 2020, the serial number says 2021",
        "row 3: host_country is KE, the serial number says TZ",
        "row 3: project_id is 'VCS2367', the serial number says 2366",
        f"row 4: serial_number_block '{dirty}': it has the letter O where a digit belongs, at character 70",
        "row 5: cost_cents '-1': Input should be greater than or equal to 0",
        "row 5: currency 'dollars': String should match pattern '^[A-Z]{3}$'",
        f"row 6: serial_number_block '{HELD['serial_number_block']}': it is a serial number of another registry than"
        " PURO",
        "row 8: retired units need retired_on",
        "row 9: unit_status 'Ex-ante' can back nothing: only Held and Retired units are taken (cancelled units were"
        " mostly converted, and ex-ante ones do not exist yet)",
        "row 9: a ccp_label has the day on which it was looked up (ccp_label_checked_at), and only then",
        "row 9: mitigation_class removal contradicts unit_type Reduction - nature",
        f"row 3: {overlap} 2",
        f"row 9: {overlap} 3",
        f"row 7: The registry names 'ZGF Architects' as beneficiary, our pool is '{POOL}'.",
        "row 8: evidence_file 'acr.pdf' is not what --evidence gives.",
    ]
    assert blocks(database) == []
    assert not (tmp_path / "home").exists()


@pytest.mark.database
def test_what_the_pool_has_is_not_taken_again_under_another_name(
    database: Database, folder: EvidenceFolder, tmp_path: Path
) -> None:
    take(database, folder, a_csv(tmp_path, HELD))
    part = HELD["serial_number_block"].replace("513004457", "513073958")
    changed = a_csv(
        tmp_path, HELD | {"cost_cents": "1"}, HELD | {"serial_number_block": part, "unit_count": "1", "currency": "EUR"}
    )
    assert problems(database, folder, changed) == [
        "row 3: units 513073958 to 513073958 overlap those of row 2",
        "row 2: block 1 is there with another cost_cents",
        "row 3: currency EUR, the pool's costs are in USD",
        f"row 3: units of {part} are in the pool already: block 1 ({HELD['serial_number_block']})",
    ]


@pytest.mark.database
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ["The file is empty."]),
        (b"\xff\xfe\x00", ["The file is not CSV in UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: invalid"
                           " start byte."]),
        (b'registry\n"VERRA', ["The file is not CSV in UTF-8: unexpected end of data."]),
        (",".join([*HELD, "colour", "registry"]).encode(),
         ["row 1: column 'colour' is not known", "row 1: column registry is there twice"]),
        (",".join(column for column in HELD if column != "methodology").encode(),
         ["row 1: column methodology is missing"]),
        (",".join(HELD).encode() + b"\nVERRA,1\n", ["row 2: 2 cells, the header has 17"]),
        (",".join(HELD).encode() + b"\n\n", ["The file has no row below its header."]),
    ],
)  # fmt: skip
def test_a_file_that_is_not_such_a_csv_is_refused(
    database: Database, folder: EvidenceFolder, tmp_path: Path, content: bytes, told: list[str]
) -> None:
    path = tmp_path / "credits.csv"
    path.write_bytes(content)
    assert problems(database, folder, path) == told


@pytest.mark.database
def test_a_file_that_is_not_there_is_told(database: Database, folder: EvidenceFolder, tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    assert problems(database, folder, path) == [f"{path} cannot be read: No such file or directory."]


@pytest.mark.database
def test_empty_evidence_shows_nothing(database: Database, folder: EvidenceFolder, tmp_path: Path) -> None:
    (tmp_path / "acr.pdf").touch()
    path = a_csv(tmp_path, RETIRED)
    assert problems(database, folder, path, evidence=tmp_path) == [
        "row 2: acr.pdf is empty or larger than 32 MiB, so it is no evidence."
    ]
