"""The dbt docs as one page: every model and column with its unit, and how they hang together.

`python -m warehouse.docs_page` (`make docs`) writes it where the server looks for it. Needs no database: what it tells
comes from the project's own files, types from the marts' contracts.
"""

import sys
import tempfile
from pathlib import Path

from warehouse.dbt_runner import Dbt, duckdb_environment
from warehouse.project import PROJECT_DIR

SERVED_FROM = PROJECT_DIR / "target" / "methodology"


def write_docs_page(folder: Path) -> Path:
    """Write `index.html` into the folder, which is made if need be; returns its path. Raises BuildFailedError."""
    with tempfile.TemporaryDirectory(prefix="carbonledger-docs-") as workshop:
        work = Path(workshop)
        dbt = Dbt("duckdb", duckdb_environment(work / "empty.duckdb"), work)
        dbt.run(["docs", "generate", "--static", "--empty-catalog"])
        folder.mkdir(parents=True, exist_ok=True)
        page = (work / "target" / "static_index.html").read_text(encoding="utf-8")
        # The page is public, and dbt writes into it where the checkout lies.
        (folder / "index.html").write_text(page.replace(str(PROJECT_DIR), "."), encoding="utf-8")
    return folder / "index.html"


if __name__ == "__main__":
    sys.stdout.write(f"{write_docs_page(SERVED_FROM)}\n")
