"""What a receipt states of a closed period: to the digit, and the same bytes whoever builds it and when."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from carbonledger.verify.canonical import canonical
from carbonledger.verify.data_integrity import without_proof
from carbonledger.verify.recompute import recompute
from carbonledger.verify.schema import receipt_schema
from jsonschema import Draft202012Validator

from core.database import Connection, Database
from receipts.document.content import unsigned_document
from receipts.document.errors import ContradictionError, MissingFactorsError
from receipts.document.sealed_usage import file_lines
from receipts.keys.issuer import issuer_of
from tests.billing.credits.ledger import insert_block, retire_units
from tests.receipts.closed_periods import OCTOBER, closed_period
from tests.receipts.issued_receipts import IssuedReceipt, issued_receipt, issuer_home
from tests.receipts.sealed_rows import Used

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)
SMALL = Used(output=3, project="A"), Used(output=1, project="B", requests=None)
"""864.394668 and 288.131556 micrograms, central."""


def rebuilt(connection: Connection, issued: IssuedReceipt) -> bytes:
    issuer = issuer_of(connection)
    assert issuer is not None
    return canonical(unsigned_document(connection, issued.row["id"], issuer=issuer).document)


def unsigned_bytes(issued: IssuedReceipt) -> bytes:
    document, _, _ = without_proof(issued.document)
    return canonical(document)


def bounds(low: int, central: int, high: int) -> dict[str, str]:
    return {"low": str(low), "central": str(central), "high": str(high)}


def test_totals_are_rounded_once_and_lines_add_up_to_them(database: Database, home: Path) -> None:
    subject = issued_receipt(database, home, usage=SMALL).subject
    assert subject["emissions"] == {"unit": "ug CO2e", **bounds(175, 1153, 5786)}
    assert subject["energy"] == {"unit": "uWh", **bounds(626, 2756, 11093)}
    (model,) = subject["usage"]["models"]
    assert (model["provider"], model["model"], model["modelClass"]) == ("openai", "gpt-4o", "L")
    assert model["emissions"] == bounds(175, 1153, 5786)
    assert model["tokens"] == {
        "uncachedInput": "0", "cacheRead": "0", "cacheWrite5m": None, "cacheWrite1h": None, "output": "4"
    }  # fmt: skip
    assert model["requests"] == "10"
    projects = {line["name"]: (line["emissions"], line["requests"]) for line in subject["usage"]["projects"]}
    assert projects == {"A": (bounds(131, 865, 4339), "10"), "B": (bounds(44, 288, 1447), None)}


def test_an_adjustment_has_its_origin_and_what_was_rounded_up_is_carried_on(database: Database, home: Path) -> None:
    october = closed_period(database, usage=SMALL)
    late = Used(output=-1, project="A", requests=-2)
    issued = issued_receipt(database, home, after=october, usage=[Used(output=3)], late=[late])
    earlier, subject = issued_receipt(database, home, period=october).subject, issued.subject
    assert {name: earlier["retired"][name] for name in ("grams", "carryInMicrograms", "carryOutMicrograms")} == {
        "grams": "1", "carryInMicrograms": "0", "carryOutMicrograms": "998847"
    }  # fmt: skip
    assert subject["emissions"]["central"] == "576"
    assert (subject["usage"]["emissions"]["central"], subject["adjustments"]["emissions"]["central"]) == ("864", "-288")
    (line,) = subject["adjustments"]["lines"]
    assert {name: line[name] for name in ("originStart", "originEnd", "model", "methodologyVersion", "requests")} == {
        "originStart": "2026-10-01T00:00:00Z",
        "originEnd": "2026-11-01T00:00:00Z",
        "model": "gpt-4o",
        "methodologyVersion": "2026.1",
        "requests": "-2",
    }
    assert line["tokens"]["output"] == "-1"
    assert {name: value for name, value in subject["retired"].items() if name != "basis"} == {
        "grams": "0",
        "coverageLimitGrams": "100000000",
        "carryInMicrograms": "998847",
        "carryOutMicrograms": "998271",
        "notCoveredMicrograms": "0",
        "credits": [],
    }


def test_what_the_coverage_does_not_reach_is_stated(database: Database, home: Path) -> None:
    retired = issued_receipt(database, home, usage=[Used()], coverage_grams=100).subject["retired"]
    assert (retired["grams"], retired["carryOutMicrograms"]) == ("100", "0")
    assert retired["notCoveredMicrograms"] == "188131556"
    (credit,) = retired["credits"]
    assert {name: credit[name] for name in ("unitBlockStart", "unitBlockEnd", "fromGram", "toGram", "grams")} == {
        "unitBlockStart": "1", "unitBlockEnd": "1", "fromGram": "0", "toGram": "100", "grams": "100"
    }  # fmt: skip


def test_grams_are_counted_from_the_first_of_their_retirement(database: Database, home: Path) -> None:
    closed_period(database, usage=[Used()], block={"unit_block_start": 501})
    (credit,) = issued_receipt(database, home, usage=[Used()]).subject["retired"]["credits"]
    assert (credit["unitBlockStart"], credit["fromGram"], credit["toGram"]) == ("501", "289", "578")


@pytest.mark.parametrize(
    ("facts", "emissions"),
    [
        ({"usage": ()}, "0"),
        ({"usage": [Used(model_class="NA", model="whisper-1")]}, None),
        ({"usage": [Used(output=None, uncached_input=None, cache_read=None)]}, None),
    ],
    ids=["nothing was used", "a class without factors", "counters that nobody knows"],
)
def test_a_period_of_nothing_known_has_a_receipt(
    database: Database, home: Path, facts: dict[str, Any], emissions: str | None
) -> None:
    subject = issued_receipt(database, home, **facts).subject
    assert subject["emissions"] == {"unit": "ug CO2e", **bounds(0, 0, 0)}
    assert [line["emissions"] for line in subject["usage"]["models"]] == [] if emissions else [None]
    assert subject["retired"]["grams"] == "0"


def test_holes_in_what_was_read_are_stated(database: Database, home: Path) -> None:
    holes = [(OCTOBER + 2 * HOUR, OCTOBER + 5 * HOUR), (OCTOBER + 7 * HOUR, OCTOBER + 8 * HOUR)]
    assert issued_receipt(database, home, holes=holes).subject["coverage"] == {
        "knownHours": 740,
        "missingHours": 4,
        "holes": [
            {"start": "2026-10-01T02:00:00Z", "end": "2026-10-01T05:00:00Z"},
            {"start": "2026-10-01T07:00:00Z", "end": "2026-10-01T08:00:00Z"},
        ],
    }


def test_names_are_printed_so_that_they_show_what_they_are(database: Database, home: Path) -> None:
    usage = [
        Used(project="Abrechnung \u202etnemtrapeD", model="cafe\u0301"),
        Used(project="مشروع", model="cafe\u0301\u0007"),
        Used(project="🌍 碳", model=""),
    ]
    issued = issued_receipt(database, home, organization="Øst & Sønner", legal_name="碳账本有限公司", usage=usage)
    assert issued.subject["legalName"] == "碳账本有限公司"
    assert [line["name"] for line in issued.subject["usage"]["projects"]] == [
        "Abrechnung \ufffdtnemtrapeD", "مشروع", "🌍 碳"
    ]  # fmt: skip
    assert [line["model"] for line in issued.subject["usage"]["models"]] == [None, "café", "café\ufffd"]


def test_two_projects_whose_names_print_alike_are_one_line(database: Database, home: Path) -> None:
    usage = [Used(output=3, project="Cafe\u0301"), Used(output=1, project="Café")]
    (line,) = issued_receipt(database, home, usage=usage).subject["usage"]["projects"]
    assert (line["name"], line["emissions"]) == ("Café", bounds(175, 1153, 5786))


def test_building_it_again_gives_the_same_bytes(database: Database, home: Path) -> None:
    october = closed_period(database)
    issued = issued_receipt(database, home, after=october, late=[Used(output=-1_000), Used(model=None)])
    with database.worker() as connection:
        usage = b"".join(file_lines(connection, issued.period.period_id))
        assert rebuilt(connection, issued) == unsigned_bytes(issued)
    with database.owner() as connection:  # the rows lie in another order, and plans that no test would see are taken
        connection.execute("cluster ops.sealed_usage using sealed_usage_hash")
    with database.worker() as connection:
        for setting in (
            "timezone = 'Asia/Kathmandu'", "datestyle = 'ISO, DMY'", "intervalstyle = 'iso_8601'",
            "enable_indexscan = off", "enable_seqscan = off", "extra_float_digits = 0", "bytea_output = 'escape'",
        ):  # fmt: skip
            connection.execute(f"set local {setting}".encode())
        assert rebuilt(connection, issued) == unsigned_bytes(issued)
        assert b"".join(file_lines(connection, issued.period.period_id)) == usage
    assert recompute(usage, issued.document) == ()


def test_nothing_that_happens_later_changes_what_was_stated(database: Database, home: Path) -> None:
    issued = issued_receipt(database, home)
    with database.owner() as connection:
        connection.execute("update ops.organizations set name = 'Another', legal_name = 'Another Ltd', tier = 'free'")
    issued.home.clock.advance(timedelta(days=400))
    with database.worker() as connection:
        assert rebuilt(connection, issued) == unsigned_bytes(issued)


def test_any_validator_finds_the_published_schema_kept(database: Database, home: Path) -> None:
    october = closed_period(database, holes=[(OCTOBER, OCTOBER + HOUR)])
    first = issued_receipt(database, home, period=october)
    second = issued_receipt(database, home, after=october, late=[Used(output=-7, model=None)], coverage_grams=1)
    validator = Draft202012Validator(receipt_schema())
    for issued in (first, second):
        assert [error.message for error in validator.iter_errors(issued.document)] == []


def test_rows_that_do_not_come_to_what_the_close_stated_are_refused(database: Database, home: Path) -> None:
    period, issuer = closed_period(database, misstated_by=Decimal("0.000001")), issuer_home(database, home)
    issuer.issue()
    with database.worker() as connection, pytest.raises(ContradictionError, match="do not come to"):
        unsigned_document(connection, issuer.row(period)["id"], issuer=_issuer(connection))


def test_factors_that_are_gone_are_missed(database: Database, home: Path) -> None:
    period, issuer = closed_period(database), issuer_home(database, home)
    with database.worker() as connection:
        connection.execute("delete from reference.emission_factors where host = 'anthropic'")
    issuer.issue()
    with database.worker() as connection, pytest.raises(MissingFactorsError, match=r"class L at anthropic"):
        unsigned_document(connection, issuer.row(period)["id"], issuer=_issuer(connection))
    assert issuer.row(period)["state"] == "ordered"


def test_instants_are_written_in_utc_to_the_second(database: Database, home: Path) -> None:
    issued = issued_receipt(database, home)
    assert issued.subject["period"] == {
        "start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z", "closedAt": "2026-11-03T00:00:17Z"
    }  # fmt: skip
    assert issued.document["validFrom"] == "2026-11-03T00:00:17Z"
    assert issued.period.closed_at == datetime(2026, 11, 3, 0, 0, 17, tzinfo=UTC)


def _issuer(connection: Connection) -> Any:
    issuer = issuer_of(connection)
    assert issuer is not None
    return issuer


def test_credits_of_many_blocks_fit_into_the_receipt(database: Database, home: Path) -> None:
    with database.worker() as connection:
        for number in range(25):  # of kilograms, one each
            names = {"issuance_scope": f"KG{number}", "serial_number_block": f"ISO-KG{number}-1"}
            block_id = insert_block(connection, units=1, unit_size_grams=1_000, **names)
            retire_units(connection, block_id, units=1)
    issued = issued_receipt(database, home, usage=[Used(output=50_000_000)])
    assert len(issued.subject["retired"]["credits"]) == 15
    assert issued.subject["retired"]["grams"] == "14407"
