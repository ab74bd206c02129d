"""What the papers say is so: settings, paths, records; and nothing names a machine or a package registry."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.settings import Settings
from tests.source_tree import PACKAGES, ROOT, files, name_of

PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *files(".md", under="docs")]
RECORDS = [path for path in files(".md", under="docs/decisions") if path.name != "README.md"]
FOLDERS = {*PACKAGES, "dbt_project", "docs", "scripts", ".ci"}
TEXT = (".py", ".md", ".sql", ".toml", ".yml", ".yaml", ".lock", ".json", ".csv", ".cfg", ".ini", "Makefile", "run")

# Spelled backwards, so that this file passes its own test.
FOREIGN = [name[::-1] for name in ("/krow/", "/toor/", "/pmt/", "derahs/..", "gro.ipyp", "detsohnohtyp", "gro.sjmpn")]


def entries(text: str) -> dict[str, str]:
    """NAME=value lines of an environment file, commented out or not."""
    found = re.findall(r"^#? ?(CARBONLEDGER_[A-Z_]+)=(.*)$", text, flags=re.MULTILINE)
    return dict(found)


def default_of(name: str) -> str:
    value = Settings.model_fields[name].default
    return "" if value is None else value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def test_the_example_environment_lists_every_setting_with_its_default() -> None:
    expected = {f"CARBONLEDGER_{name.upper()}": default_of(name) for name in Settings.model_fields}
    assert entries((ROOT / ".env.example").read_text()) == expected


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is(name: str) -> None:
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_every_path_that_a_paper_names_exists(paper: Path) -> None:
    named = [path for path in re.findall(r"`([\w./-]+/[\w.-]*)`", paper.read_text()) if path.split("/")[0] in FOLDERS]
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", paper.read_text())
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [link for link in links if not (paper.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_a_decision_record_says_what_enforces_it(record: Path) -> None:
    headings = re.findall(r"^## (.+)$", record.read_text(), flags=re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Enforced by"]


def test_nothing_names_a_machine_or_a_registry() -> None:
    found = [
        f"{name_of(path)}: {phrase}"
        for path in files(*TEXT)
        for phrase in FOREIGN
        if phrase in path.read_text(errors="replace")
    ]
    assert found == []


def test_both_commands_come_first_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    first_block = readme.split("```")[1]
    assert re.findall(r"^make \w+", first_block, flags=re.MULTILINE) == ["make demo", "make test"]
