"""What is declared is used, what is used is declared, and the locks agree."""

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

from tests.source_tree import LIBRARY, PACKAGES, PRODUCT_PACKAGES, ROOT, python_files
from tests.test_layout import imports_of

USED_WITHOUT_IMPORT = {
    "dagster-postgres": "named in the instance's dagster.yaml",
    "dagster-webserver": "a command",
    "dbt-duckdb": "an adapter that dbt loads by name",
    "dbt-postgres": "an adapter that dbt loads by name",
    "python-multipart": "FastAPI reads forms with it",
    "rfc8785": "the library in sdk/python imports it",
    "uharfbuzz": "fpdf2 shapes writing with it",
}
# The lower half of a library: its types and errors, what it reads fonts with.
COMES_WITH = {
    "botocore": "boto3",
    "dbt-common": "dbt-core",
    "fonttools": "fpdf2",
    "pydantic-core": "pydantic",
    "starlette": "fastapi",
}


@dataclass(frozen=True)
class Project:
    """Something with a pyproject.toml: where it is declared, and where its code is."""

    folder: str
    packages: tuple[str, ...]

    def declared(self) -> set[str]:
        """What it needs, and what its extras add."""
        project = tomllib.loads((ROOT / self.folder / "pyproject.toml").read_text())["project"]
        extras = chain.from_iterable(project.get("optional-dependencies", {}).values())
        return {normalised(re.split(r"[^\w.-]", needed)[0]) for needed in (*project["dependencies"], *extras)}

    def imported(self) -> dict[str, set[str]]:
        """Third-party names that it imports, each with the distributions that it may come from."""
        distributions = packages_distributions()
        names = {name for path in python_files(*self.packages) for name in imports_of(path)}
        ours = {*PACKAGES, Path(LIBRARY).name}
        outside = names - ours - sys.stdlib_module_names - {"_typeshed"}  # the standard library's types
        return {name: {normalised(each) for each in distributions.get(name, [name])} for name in outside}


SERVER = Project(".", tuple(PRODUCT_PACKAGES))
SDK = Project("sdk/python", (LIBRARY,))
PROJECTS = pytest.mark.parametrize("project", [SERVER, SDK], ids=["server", "sdk"])


def normalised(name: str) -> str:
    """As the packaging specification compares names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+==[^ \\]+)", (ROOT / lock).read_text(), flags=re.MULTILINE))


@PROJECTS
def test_everything_imported_is_declared(project: Project) -> None:
    declared = project.declared()
    allowed = declared | {name for name, parent in COMES_WITH.items() if parent in declared}
    assert {name: origins for name, origins in project.imported().items() if not origins & allowed} == {}


@PROJECTS
def test_everything_declared_is_used(project: Project) -> None:
    used = set().union(*project.imported().values())
    assert sorted(project.declared() - used - USED_WITHOUT_IMPORT.keys()) == []


def test_the_server_declares_what_the_library_in_its_checkout_needs() -> None:
    assert SDK.declared() <= SERVER.declared()


def test_the_development_lock_holds_every_pin_of_the_runtime_lock() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_runtime_lock_holds_everything_declared() -> None:
    assert SERVER.declared() <= {normalised(pin.split("==")[0]) for pin in pins("requirements.lock")}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_every_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
