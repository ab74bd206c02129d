"""Two that do the same sums: what a receipt states of rows, and what the library makes of the file that they are."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from carbonledger.verify.arithmetic import BOUNDS, known_sum
from carbonledger.verify.canonical import canonical
from carbonledger.verify.recompute import expected_numbers
from carbonledger.verify.usage_file import read_usage_file
from hypothesis import given, settings
from hypothesis import strategies as st

from receipts.document.sealed_rows import COUNTERS, SealedRow
from receipts.document.sealed_usage import row_line
from receipts.document.stated_lines import adjustment_lines, totals_of, usage_lines, written
from receipts.document.tallies import Tallies, tallies_of

START = datetime(2026, 10, 1, tzinfo=UTC)
SEPTEMBER = ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z")
AUGUST = ("2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z")

exact = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
halves = st.integers(-9, 9).map(lambda number: Decimal(number) / 2)
three = st.tuples(*[st.one_of(exact, halves)] * 3)
counts = st.one_of(st.none(), st.integers(-(2**60), 2**60))


@st.composite
def rows(draw: st.DrawFn) -> list[SealedRow]:
    return [
        SealedRow(
            usage_hash=f"{number:064x}",
            bucket_started_at=START + timedelta(hours=number),
            origin=draw(st.sampled_from([None, None, SEPTEMBER, AUGUST])),
            project=draw(st.sampled_from(["A", "B", "Ω", "🌍"])),
            provider=draw(st.sampled_from(["openai", "anthropic"])),
            model=draw(st.sampled_from([None, "m", "n"])),
            model_class=draw(st.sampled_from(["L", "NA"])),
            host="openai",
            factor_version=draw(st.sampled_from(["2026.1", "2027.1"])),
            tokens=tuple(draw(counts) for _ in COUNTERS),
            requests=draw(counts),
            emissions=draw(st.one_of(st.none(), three)),
            energy=draw(st.one_of(st.none(), three)),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


def stated(tallies: Tallies) -> dict[str, Any]:
    emissions, energy = totals_of(tallies, "emissions"), totals_of(tallies, "energy")
    return {
        "emissions": written(emissions.total),
        "energy": written(energy.total),
        "usage": {
            "emissions": written(emissions.usage),
            "energy": written(energy.usage),
            **usage_lines(tallies, emissions, energy),
        },
        "adjustments": {
            "emissions": written(emissions.adjustments),
            "energy": written(energy.adjustments),
            "lines": adjustment_lines(tallies, emissions, energy),
        },
    }


@settings(max_examples=50)
@given(rows())
def test_lines_add_up_and_every_total_is_within_half_a_microgram(given_rows: list[SealedRow]) -> None:
    document = stated(tallies_of(given_rows))
    for quantity in ("emissions", "energy"):
        for bound in BOUNDS:
            total = int(document[quantity][bound])
            exact_total = sum((amounts[BOUNDS.index(bound)] for amounts in _known(given_rows, quantity)), Decimal(0))
            assert abs(total - exact_total) <= Decimal("0.5")
            usage, adjustments = document["usage"], document["adjustments"]
            assert int(usage[quantity][bound]) + int(adjustments[quantity][bound]) == total
            for part, lines in ((usage, "models"), (usage, "projects"), (adjustments, "lines")):
                known = [line[quantity][bound] for line in part[lines] if line[quantity] is not None]
                assert (known_sum(known) or "0") == part[quantity][bound]


@settings(max_examples=50)
@given(rows(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(given_rows: list[SealedRow], random: Random) -> None:
    document = canonical(stated(tallies_of(given_rows)))
    random.shuffle(given_rows)
    assert canonical(stated(tallies_of(given_rows))) == document


@settings(max_examples=50)
@given(rows())
def test_the_library_makes_the_same_numbers_of_the_file(given_rows: list[SealedRow]) -> None:
    document = stated(tallies_of(given_rows))
    recomputed = expected_numbers(read_usage_file(_file(given_rows)))
    for part, names in (
        ("usage", ("emissions", "energy", "models", "projects")),
        ("adjustments", ("emissions", "energy", "lines")),
    ):
        assert {name: recomputed[part][name] for name in names} == document[part]
    assert (recomputed["emissions"], recomputed["energy"]) == (document["emissions"], document["energy"])


@settings(max_examples=200)
@given(rows(), st.text(st.characters(codec="utf-8")))
def test_a_line_of_the_file_is_canonical(given_rows: list[SealedRow], text: str) -> None:
    for row in given_rows:
        line = row_line(replace(row, project=text, model=text))
        assert line == canonical(json.loads(line)) + b"\n"
        assert json.loads(line)["project"] == text


def _file(given_rows: Sequence[SealedRow]) -> bytes:
    header: dict[str, str | dict[str, str]] = {
        "format": "carbonledger-sealed-usage-1",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"},
        "methodologyVersion": "2026.1",
        "carryInMicrograms": "0",
        "coverageLimitGrams": "0",
        "factors": "0",
        "rows": str(len(given_rows)),
    }
    return canonical(header) + b"\n" + b"".join(map(row_line, given_rows))


def _known(given_rows: Sequence[SealedRow], quantity: str) -> list[tuple[Decimal, ...]]:
    return [amounts for row in given_rows if (amounts := getattr(row, quantity)) is not None]
