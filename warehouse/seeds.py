"""Write the seeds that dbt loads from a factor set: `python -m warehouse.seeds`. A test holds them to the builder."""

import csv
import io
from pathlib import Path

from warehouse.factor_set import CURRENT_VERSION, build_factors, input_sha256, read_table, shipped_versions
from warehouse.project import PROJECT_DIR

SEEDS_DIR = PROJECT_DIR / "dbt_project" / "seeds"


def seed_files(version: str) -> dict[str, str]:
    """File name -> text of each seed, byte by byte as it is committed (LF line ends).

    `version` is the current one; older ones stay, for billing periods were opened with them.
    """
    versions = shipped_versions()
    factors = [
        [
            factor.version,
            factor.model_class,
            factor.host,
            factor.counter,
            factor.bound,
            f"{factor.micrograms_co2e_per_token:f}",
            f"{factor.micro_wh_per_token:f}",
        ]
        for each in versions
        for factor in build_factors(each)
    ]
    return {
        "emission_factors.csv": _csv(
            [
                "version",
                "model_class",
                "host",
                "counter",
                "bound",
                "micrograms_co2e_per_token",
                "micro_wh_per_token",
            ],
            factors,
        ),
        "factor_sets.csv": _csv(
            ["version", "input_sha256", "is_current"],
            [[each, input_sha256(each), str(each == version).lower()] for each in versions],
        ),
        "upstream_hosts.csv": _csv(
            ["version", "upstream", "host"],
            [
                [row["version"], row["upstream"], row["host"]]
                for each in versions
                for row in read_table(each, "upstream_hosts")
            ],
        ),
    }


def write_seeds(version: str, folder: Path) -> None:
    """Write every seed of the version into `folder`."""
    for name, text in seed_files(version).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _csv(header: list[str], rows: list[list[str]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


if __name__ == "__main__":
    write_seeds(CURRENT_VERSION, SEEDS_DIR)
