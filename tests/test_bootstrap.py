"""What `make` says on a machine that lacks something: real runs of the scripts on a copy, without any download."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.source_tree import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a fresh clone as the scripts read."""
    fresh = tmp_path / "a fresh clone"
    shutil.copytree(ROOT / "scripts", fresh / "scripts")
    for lock in ROOT.glob("requirements*.lock"):
        shutil.copy(lock, fresh)
    return fresh


def bootstrap(checkout: Path, stage: str, *, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "scripts/bootstrap", stage],
        cwd=checkout,
        env=os.environ | {"PYTHON": python},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def an_interpreter(folder: Path, *, script: str) -> str:
    """An executable that stands in for a Python of another machine."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_a_machine_without_python_is_told_what_to_install(checkout: Path) -> None:
    outcome = bootstrap(checkout, "dev", python="python-that-is-not-there")
    assert outcome.returncode == 1
    assert "is not installed. Debian: apt-get install python3 python3-venv" in outcome.stderr


def test_an_old_python_is_refused_by_its_version(checkout: Path, tmp_path: Path) -> None:
    old = an_interpreter(tmp_path, script='[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1')
    outcome = bootstrap(checkout, "dev", python=old)
    assert outcome.returncode == 1
    assert "Python 3.9.2 is too old; CarbonLedger needs 3.11 or newer" in outcome.stderr


def test_a_python_without_venv_is_told_what_to_install(checkout: Path, tmp_path: Path) -> None:
    without = an_interpreter(tmp_path, script='case "$2" in *ensurepip*) exit 1;; esac\nexit 0')
    outcome = bootstrap(checkout, "dev", python=without)
    assert outcome.returncode == 1
    assert "has no venv module. Debian: apt-get install python3-venv" in outcome.stderr
    assert not (checkout / ".venv").exists()


def test_an_unknown_stage_is_refused(checkout: Path) -> None:
    outcome = bootstrap(checkout, "production", python="python3")
    assert outcome.returncode == 1
    assert "usage: scripts/bootstrap runtime|dev" in outcome.stderr


@pytest.mark.parametrize(
    "script", [".ci/run", *(f"scripts/{path.name}" for path in sorted((ROOT / "scripts").iterdir()))]
)
def test_every_script_is_executable_and_parses(script: str) -> None:
    text = (ROOT / script).read_text()
    assert os.access(ROOT / script, os.X_OK)
    if text.startswith("#!/usr/bin/env python3"):
        compile(text, script, "exec")
    else:
        assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0


def test_make_help_lists_the_targets_that_the_readme_and_ci_use() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for target in ("setup", "demo", "test", "lint", "serve", "docs", "bench", "help"):
        assert f"make {target} " in listed
