"""Whatever a name is, what a receipt writes of it is a line as its schema asks; else it would never be signed."""

import pytest
from carbonledger.verify.schema import check_schema, receipt_schema

from billing.credits.import_row import ImportRow
from receipts.document import texts

LINE = {"$ref": "#/$defs/line", "$defs": receipt_schema()["$defs"]}
LONG = "Löschwasser " * 200


@pytest.mark.parametrize(
    "text", ["gpt-5", LONG, "\u0344" * 1000, "a\nb\u202eb\x00"], ids=["short", "long", "NFC", "bad"]
)
def test_every_name_is_written_as_a_line_of_the_schema(text: str) -> None:
    check_schema(texts.name(text), LINE)
    check_schema(texts.name_if_known(text), LINE)


def test_a_name_that_is_cut_off_says_so() -> None:
    assert texts.name(LONG) == LONG[: texts.LONGEST_LINE - 1] + "…"
    assert texts.name("x" * texts.LONGEST_LINE) == "x" * texts.LONGEST_LINE
    assert texts.name_if_known("") is None


def test_a_line_is_as_long_as_the_schema_says_and_imported_credits_fit_on_one() -> None:
    assert receipt_schema()["$defs"]["line"]["maxLength"] == texts.LONGEST_LINE
    properties = ImportRow.model_json_schema()["properties"]
    assert {properties[name]["maxLength"] for name in ("project_name", "unit_registry_link")} == {texts.LONGEST_LINE}
