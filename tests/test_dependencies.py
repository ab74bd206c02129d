"""What is declared is used, what is used is declared, and the locks agree."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.source_tree import PACKAGES, PRODUCT_PACKAGES, ROOT, python_files
from tests.test_layout import imports_of

USED_WITHOUT_IMPORT = {
    "dagster-postgres": "named in the instance's dagster.yaml",
    "dagster-webserver": "a command",
    "dbt-duckdb": "an adapter that dbt loads by name",
    "dbt-postgres": "an adapter that dbt loads by name",
    "python-multipart": "FastAPI reads forms with it",
}
# The lower half of a library: its types and errors.
COMES_WITH = {"botocore": "boto3", "dbt-common": "dbt-core", "pydantic-core": "pydantic", "starlette": "fastapi"}


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {normalised(re.split(r"[^\w.-]", requirement)[0]) for requirement in project["dependencies"]}


def normalised(name: str) -> str:
    """As the packaging specification compares names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> dict[str, set[str]]:
    """Third-party names that the product imports, each with the distributions that it may come from."""
    distributions = packages_distributions()
    names = {name for path in python_files(*PRODUCT_PACKAGES) for name in imports_of(path)}
    outside = names - set(PACKAGES) - sys.stdlib_module_names
    return {name: {normalised(each) for each in distributions.get(name, [name])} for name in outside}


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+==[^ \\]+)", (ROOT / lock).read_text(), flags=re.MULTILINE))


def test_everything_imported_is_declared() -> None:
    allowed = declared() | {name for name, parent in COMES_WITH.items() if parent in declared()}
    assert {name: origins for name, origins in imported().items() if not origins & allowed} == {}


def test_everything_declared_is_used() -> None:
    used = set().union(*imported().values(), USED_WITHOUT_IMPORT)
    assert sorted(declared() - used) == []


def test_the_development_lock_holds_every_pin_of_the_runtime_lock() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_runtime_lock_holds_everything_declared() -> None:
    assert declared() <= {normalised(pin.split("==")[0]) for pin in pins("requirements.lock")}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_every_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
