"""What others published, copied to tests/data/vectors; sources and licences are in tests/data/README.md."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "data" / "vectors"


def vector(name: str) -> Any:
    """The parsed JSON of a file below tests/data/vectors."""
    return json.loads((VECTORS / name).read_text())
