"""The columns of exports: documented one by one, in their order."""

import re
from collections.abc import Sequence

import pytest

from app.api.export_columns import DAILY_COLUMNS, DIMENSION_COLUMNS, SUM_COLUMNS, USAGE_COLUMNS, Column
from tests.source_tree import ROOT

SUMMARY_COLUMNS = (*(column for columns in DIMENSION_COLUMNS.values() for column in columns), *SUM_COLUMNS)


@pytest.mark.parametrize(
    ("heading", "columns"), [("Usage", USAGE_COLUMNS), ("Daily emissions", DAILY_COLUMNS), ("Summary", SUMMARY_COLUMNS)]
)
def test_the_paper_names_every_column_with_its_type_and_meaning(heading: str, columns: Sequence[Column]) -> None:
    section = (ROOT / "docs" / "exports.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", section, flags=re.MULTILINE) == list(columns)


@pytest.mark.parametrize("columns", [USAGE_COLUMNS, DAILY_COLUMNS, SUMMARY_COLUMNS])
def test_every_column_has_a_name_of_its_own_and_a_meaning(columns: Sequence[Column]) -> None:
    assert len({column.name for column in columns}) == len(columns)
    assert [column.name for column in columns if not column.meaning] == []
