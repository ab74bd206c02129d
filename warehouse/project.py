"""Where the dbt project lies: its files are at the root of the checkout."""

from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
