"""docs/methodology.md says what the tables say."""

from warehouse.factor_set import CURRENT_VERSION
from warehouse.methodology_page import PAGE, methodology_page


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == methodology_page(CURRENT_VERSION)


def test_nothing_of_the_template_is_left_open() -> None:
    assert "{{" not in methodology_page(CURRENT_VERSION)
