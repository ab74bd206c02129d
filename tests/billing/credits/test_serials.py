"""Serial numbers: real ones are read, with the units that were published beside them; dirty ones are refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from billing.credits.serials import REGISTRIES, Registry, UnreadableSerialError, parse_serial

EXAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "serials.json").read_text())["examples"]
READABLE = [example for example in EXAMPLES if example["units"] is not None]
PURO = "PURO_PR_CORC100+_BO_432524_2026_cccf79ef-0000-4000-8000-000000000000_1-12678"  # real but for the UUID


def test_there_is_an_example_of_every_registry() -> None:
    assert {example["registry"] for example in EXAMPLES} == set(REGISTRIES)


@pytest.mark.parametrize("example", READABLE, ids=lambda example: example["serial"])
def test_a_published_serial_names_as_many_units_as_were_published(example: dict[str, Any]) -> None:
    serial = parse_serial(example["registry"], example["serial"])
    assert (serial.raw, serial.unit_count) == (example["serial"], example["units"])
    assert serial.unit_size_grams == (1_000 if example["registry"] == "ISOMETRIC" else 1_000_000)


@pytest.mark.parametrize(
    ("registry", "raw", "scope", "first", "last", "country", "project", "vintages"),
    [
        ("VERRA", "13557-513004457-513073958-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0",
         "VER", 513004457, 513073958, "TZ", "2366", (2021, 2021)),
        ("VERRA", "8040-449402275-449402275-VCU-042-MER-PE-14-1360-01072013-30062014-1",
         "MER", 449402275, 449402275, "PE", "1360", (2013, 2014)),
        ("GOLD_STANDARD", "GS1-1-KE-GS7495-16-2025-30645-608-30350",
         "30645", 608, 30350, "KE", "7495", (2025, 2025)),
        ("ACR", "ACR-US-934-2024-2891-58384 to 58673", "2891", 58384, 58673, "US", "934", (2024, 2024)),
        ("CAR", "CAR-1-US-1480-46-1156-FL-2026-10272-852724 to 860723",
         "10272", 852724, 860723, "US", "1480", (2026, 2026)),
        ("PURO", PURO, "cccf79ef-0000-4000-8000-000000000000", 1, 12678, "BO", "432524", (2026, 2026)),
        ("ISOMETRIC", "ISO-1-BSTORE-GBR-F5X7-2024-78177-81177",
         "BSTORE-F5X7-2024", 78177, 81177, None, "F5X7", (2024, 2024)),
    ],
)  # fmt: skip
def test_the_parts_of_a_serial(
    registry: Registry,
    raw: str,
    scope: str,
    first: int,
    last: int,
    country: str | None,
    project: str,
    vintages: tuple[int, int],
) -> None:
    serial = parse_serial(registry, raw)
    assert (serial.issuance_scope, serial.unit_block_start, serial.unit_block_end) == (scope, first, last)
    assert (serial.country, serial.project) == (country, project)
    assert (serial.first_vintage_year, serial.last_vintage_year) == vintages


@pytest.mark.parametrize(
    ("registry", "raw", "reason"),
    [
        ("VERRA", "15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O",
         "it has the letter O where a digit belongs, at character 70"),
        ("ACR", "ACR-US-934-2024-2891-5838l to 58673", "it has the letter l where a digit belongs, at character 26"),
        ("GOLD_STANDARD", "GS1-1-KE-GS7495-16-2025-30645-608-30350 ", "it has white space before or after it"),
        ("GOLD_STANDARD", "GS1-1-KE-GS7495-16-2025-30645 -608-30350",
         "it has white space inside that does not belong, at character 30"),
        ("CAR", "CAR-1-US-293-1-120-CA-2006-102-1  to 29251",
         "it has white space inside that does not belong, at character 34"),
        ("VERRA", "9660-115618057-115597313-VCS-VCU-261-VER-US-14-1060-01012019-31122019-0",
         "the range 115618057 to 115597313 ends before it starts"),
        ("VERRA", "9660-115597313-115618057-VCS-VCU-261-VER-US-14-1060-31022019-31122019-0",
         "31022019 is not a day written as ddmmyyyy"),
        ("VERRA", "9660-115597313-115618057-VCS-VCU-261-VER-US-14-1060-01012020-31122019-0",
         "the vintage 2020-01-01 to 2019-12-31 ends before it starts"),
        ("ACR", "GS1-1-KE-GS7495-16-2025-30645-608-30350", "it is a serial number of another registry than ACR"),
        ("PURO", "PURO_PR_CORC100+_BO_432524_2026_cccf79ef-…_1-12678",
         "the issuance 'cccf79ef-…' is not a whole UUID in lower case"),
        ("GOLD_STANDARD", "GS1-1-KE-GS7495-16-2025-30645-٦٠٨-30350",
         "it does not look like a serial number of GOLD_STANDARD"),
        ("ACR", "", "it does not look like a serial number of ACR"),
    ],
)  # fmt: skip
def test_a_dirty_serial_is_refused_with_the_reason(registry: Registry, raw: str, reason: str) -> None:
    with pytest.raises(UnreadableSerialError, match=f"^{re.escape(reason)}$"):
        parse_serial(registry, raw)
