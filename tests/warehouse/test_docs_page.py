"""The dbt docs page: made without a database, whole in one file."""

import re
from pathlib import Path

from warehouse.docs_page import write_docs_page
from warehouse.project import PROJECT_DIR


def test_the_docs_are_one_page_that_names_every_mart_and_nothing_of_this_machine(tmp_path: Path) -> None:
    page = write_docs_page(tmp_path / "docs").read_text()
    for mart in ("fct_usage", "fct_daily_emissions", "dim_accounts", "dim_projects"):
        assert f"model.carbonledger.{mart}" in page
    assert str(PROJECT_DIR) not in page
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']https?:", page) == []
