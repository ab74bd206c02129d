"""What people read on the pages, as poppler reads it off them."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from receipts.pdf.usage import MOST_ROWS
from tests.receipts.pdf.receipts_to_print import MODELS, Model, printed, receipt_like_most, receipt_of
from tests.receipts.samples import Sample, sample_receipt

pytestmark = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="needs poppler's pdftotext (Debian: poppler-utils)"
)

MANY_MODELS: list[Model] = [("openai", f"model-{place}", "L", 10**9 + 7_654_321 * place) for place in range(40)]
MANY_PROJECTS = [(f"Project {place}", 1000 + place) for place in range(200)]
NOTHING = dict.fromkeys(("low", "central", "high"), "0")


def pages_of(pdf: bytes, *, order: str = "-raw") -> list[str]:
    """The text of each page, in the order in which it was printed, or as it lies on the page (`-layout`)."""
    read = subprocess.run(["pdftotext", order, "-enc", "UTF-8", "-", "-"], input=pdf, check=True, capture_output=True)
    return read.stdout.decode().split("\f")[:-1]


def leaves_of(value: Any) -> Iterator[str]:
    match value:
        case Mapping():
            for member in value.values():
                yield from leaves_of(member)
        case list():
            for member in value:
                yield from leaves_of(member)
        case bool() | None:
            return
        case _:
            yield str(value)


def numbers_of(sample: Sample) -> set[str]:
    return {leaf for leaf in leaves_of(sample.document) if re.fullmatch(r"-?[0-9]+", leaf)}


def numbers_on(pages: list[str]) -> set[str]:
    return set(re.findall(r"-?[0-9]+", " ".join(pages)))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(receipt_like_most(), id="like most"),
        pytest.param(sample_receipt(), id="a few grams"),
        pytest.param(receipt_of(models=MANY_MODELS, projects=MANY_PROJECTS), id="40 models, 200 projects"),
        pytest.param(receipt_of(adjusted=-45_678_901), id="a negative adjustment"),
    ],
)
def test_every_number_of_the_json_is_on_the_pages(sample: Sample) -> None:
    missing = numbers_of(sample) - numbers_on(pages_of(printed(sample)))
    assert missing == set()


def test_a_number_that_is_not_in_the_json_would_be_missed() -> None:
    assert "135041727130" not in numbers_on(pages_of(printed(receipt_like_most())))


def test_every_fact_of_the_json_is_on_the_pages() -> None:
    """Only what says how to read the JSON is not: contexts, types, units, the name of the signature's suite."""
    sample = receipt_like_most(supersedes={"serial": "CLT-2026-10-00000000-0", "sha256": "ab" * 32})
    text = squeezed("".join(pages_of(printed(sample))))
    unprinted = {leaf for leaf in leaves_of(sample.document) if squeezed(leaf) not in text}
    assert unprinted == {
        *sample.document["@context"], *sample.document["type"], "JsonSchema", "ug CO2e", "uWh",
        "DataIntegrityProof", "eddsa-jcs-2022", "assertionMethod", "location-based, modelled, not measured",
    }  # fmt: skip


def test_a_receipt_like_most_has_three_pages() -> None:
    first, second, third = pages_of(printed(receipt_like_most()))
    assert "14 kg CO₂e" in first
    assert "Exactly 13504172713 µg CO₂e (2565792811 to 98580460802)" in first
    assert "Check this receipt without trusting us" in first
    assert "By model" in second
    assert "By project" in second
    assert "Exact figures" in third
    assert "Page 3 of 3" in third


def test_the_smaller_of_many_rows_are_added_up_and_it_says_so() -> None:
    pages = pages_of(printed(receipt_of(models=MANY_MODELS, projects=MANY_PROJECTS)))
    summary = "".join(pages).partition("Exact figures\nEach number")[0]
    assert f"{40 - MOST_ROWS + 1} smaller models, added up" in summary
    assert f"{200 - MOST_ROWS + 1} smaller projects, added up" in summary
    assert "model-39" in summary
    assert "model-0\n" not in summary
    assert f"Page 1 of {len(pages)}" in pages[0]


def test_a_period_without_usage_says_so() -> None:
    nothing: dict[str, Any] = {"emissions": NOTHING, "energy": NOTHING, "models": [], "projects": [], "requests": None}
    counters = ("uncachedInput", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output")
    sample = receipt_of(
        models=MODELS[:1],
        adjusted=0,
        emissions={"unit": "ug CO2e", **NOTHING},
        energy={"unit": "uWh", **NOTHING},
        usage={**nothing, "tokens": dict.fromkeys(counters)},
        retired={
            "basis": "central", "grams": "0", "coverageLimitGrams": "1000", "carryInMicrograms": "734512",
            "carryOutMicrograms": "734512", "notCoveredMicrograms": "0", "credits": [],
        },
    )  # fmt: skip
    text = "".join(pages_of(printed(sample)))
    assert "0 g CO₂e" in text
    assert "No usage in this period." in text
    assert "No credits are allotted to this receipt." in text


def test_adjustments_alone_are_printed_with_their_origin() -> None:
    text = "".join(pages_of(printed(receipt_of(models=[], projects=[], adjusted=-45_678_901))))
    assert "−46 g CO₂e" in text
    assert "September 2026: gpt-5.1" in text
    assert "Exactly -45678901 µg CO₂e" in text


@pytest.mark.parametrize("is_test", [True, False])
def test_only_a_test_receipt_is_marked_as_one_on_each_page(is_test: bool) -> None:
    pages = pages_of(printed(receipt_like_most(test=is_test)))
    assert [page.startswith("T\nE\nS\nT\n") for page in pages] == [is_test] * len(pages)
    assert ("A test receipt of a test issuer" in pages[0]) is is_test


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("中山科技有限公司", "中山科技有限公司"),
        ("株式会社カーボン", "株式会社カーボン"),
        ("한국전력", "한국전력"),
        ("Ελλάδα Київ Łódź Ağrı", "Ελλάδα Київ Łódź Ağrı"),
        ("Leaf 🌿 Labs", "Leaf [U+1F33F] Labs"),
        ("👩‍🔬", "[U+1F469 U+200D U+1F52C]"),
        ("turned \u202eround", "turned [U+202E]round"),
        ("page \ue000\ue001", "page [U+E000 U+E001]"),
    ],
)
def test_a_name_prints_in_its_script_or_by_numbers(name: str, read: str) -> None:
    assert read in pages_of(printed(sample_receipt(legalName=name)))[0].splitlines()


def test_arabic_is_joined_and_runs_from_right_to_left() -> None:
    """Poppler puts what it reads back into reading order, and the forms that were printed back into letters."""
    pdf = printed(sample_receipt(legalName="شركة الطاقة"))
    assert "شركة الطاقة" in re.sub("[\u200e\u200f\u202a-\u202e]", "", pages_of(pdf, order="-layout")[0])
