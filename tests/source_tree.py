"""The files of this checkout, for tests that read the source."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = sorted(folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists())
PRODUCT_PACKAGES = [name for name in PACKAGES if name not in {"tests", "bench"}]
LIBRARY = "sdk/python/src/carbonledger"
"""The published library: a package of its own, with its own pyproject.toml."""
_GENERATED = {"__pycache__", "target", "logs", "dbt_packages", "node_modules", ".venv", ".git"}
_CACHES = {".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis", ".pytest-home"}


def files(*suffixes: str, under: str = ".") -> Iterator[Path]:
    """Every file below a folder of the checkout with one of these endings, without what tools generate."""
    for path in sorted((ROOT / under).rglob("*")):
        inside = path.relative_to(ROOT)
        if path.is_file() and path.name.endswith(suffixes) and not _GENERATED.union(_CACHES).intersection(inside.parts):
            yield path


def python_files(*packages: str) -> Iterator[Path]:
    """Python files of these packages, or of all; a package is named by its folder."""
    for package in packages or (*PACKAGES, LIBRARY):
        yield from files(".py", under=package)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
