"""The sealed usage file, byte by byte: what auditors keep, so its form may never drift."""

from decimal import Decimal

import pytest
from carbonledger.verify.usage_file import read_usage_file

from core.database import Database
from receipts.document import texts
from receipts.document.sealed_usage import file_lines
from tests.receipts.closed_periods import closed_period
from tests.receipts.sealed_rows import Used


@pytest.mark.database
def test_the_file_is_what_it_was_agreed_to_be(database: Database) -> None:
    october = closed_period(database, usage=[Used(output=3)])
    november = closed_period(
        database, after=october, usage=[Used(output=2, model=None, requests=None)], late=[Used(output=-1)]
    )
    with database.worker() as connection:
        lines = [line.decode() for line in file_lines(connection, november.period_id)]
    hashes = [line.split('"usageHash":"')[1][:64] for line in lines if "usageHash" in line]
    assert lines[0] == (
        '{"carryInMicrograms":"999135.605332","coverageLimitGrams":"100000000","factors":"15",'
        '"format":"carbonledger-sealed-usage-1","methodologyVersion":"2026.1",'
        '"period":{"end":"2026-12-01T00:00:00Z","start":"2026-11-01T00:00:00Z"},"rows":"2"}\n'
    )
    assert lines[1] == (
        '{"bound":"low","class":"L","counter":"cacheRead","host":"openai","kind":"factor","microWhPerToken":"0.760833",'
        '"microgramsPerToken":"0.212342","version":"2026.1"}\n'
    )
    assert lines[16:] == [
        '{"bucketStart":"2026-10-10T10:00:00Z","emissions":{"central":"-288.131556","high":"-1446.4",'
        '"low":"-43.662222"},"energy":{"central":"-689","high":"-2773.333333","low":"-156.444444"},"host":"openai",'
        '"kind":"usage","methodologyVersion":"2026.1","model":"gpt-4o","modelClass":"L",'
        '"origin":{"end":"2026-11-01T00:00:00Z","start":"2026-10-01T00:00:00Z"},"project":"Default",'
        '"provider":"openai","requests":"10","tokens":{"cacheRead":"0","cacheWrite1h":null,"cacheWrite5m":null,'
        f'"output":"-1","uncachedInput":"0"}},"usageHash":"{hashes[0]}"}}\n',
        '{"bucketStart":"2026-11-10T10:00:00Z","emissions":{"central":"576.263112","high":"2892.8","low":"87.324444"},'
        '"energy":{"central":"1378","high":"5546.666666","low":"312.888888"},"host":"openai","kind":"usage",'
        '"methodologyVersion":"2026.1","model":null,"modelClass":"L","origin":null,"project":"Default",'
        '"provider":"openai","requests":null,"tokens":{"cacheRead":"0","cacheWrite1h":null,"cacheWrite5m":null,'
        f'"output":"2","uncachedInput":"0"}},"usageHash":"{hashes[1]}"}}\n',
    ]
    assert len(read_usage_file("".join(lines).encode()).rows) == 2


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        ("0", "0"), ("-0.000000", "0"), ("0E-6", "0"), ("1E+3", "1000"), ("100", "100"), ("1.500000", "1.5"),
        ("-0.000001", "-0.000001"), ("1E-6", "0.000001"),
        ("12345678901234567890123456789012.123456", "12345678901234567890123456789012.123456"),
    ],
)  # fmt: skip
def test_a_decimal_is_written_with_every_digit_and_in_one_form(exact: str, text: str) -> None:
    assert texts.decimal(Decimal(exact)) == text
