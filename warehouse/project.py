"""Where the dbt project lies (its files are at the root of the checkout), and what it is made of."""

import hashlib
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent


def models_sha256() -> str:
    """SHA-256 (hex) over what turns rows into marts: models, macros, seeds and the project file, by path.

    A release that changes any of them rebuilds the marts from nothing.
    """
    digest = hashlib.sha256()
    folder = PROJECT_DIR / "dbt_project"
    files = [PROJECT_DIR / "dbt_project.yml", *folder.rglob("*.sql"), *folder.rglob("*.yml"), *folder.rglob("*.csv")]
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(PROJECT_DIR).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
