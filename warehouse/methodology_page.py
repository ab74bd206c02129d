"""docs/methodology.md from its tables: `python -m warehouse.methodology_page`. A test holds the two equal."""

from collections.abc import Iterable
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from warehouse.factor_set import CURRENT_VERSION, Bound, Row, input_sha256, read_table
from warehouse.project import PROJECT_DIR
from warehouse.worked_examples import work_out

PAGE = PROJECT_DIR / "docs" / "methodology.md"
TEMPLATE = "page.md"
CENTRAL_FIRST: tuple[Bound, ...] = ("central", "low", "high")


def methodology_page(version: str) -> str:
    """The whole page: the version's template with its tables filled in."""
    template = files("warehouse.methodology").joinpath(_folder(version), TEMPLATE).read_text(encoding="utf-8")
    fills = {
        "version": version,
        "input_sha256": input_sha256(version),
        "classes": _classes(version),
        "hosts": _hosts(version),
        "coefficients": _coefficients(version),
        "examples": _examples(version),
        "anchors": _anchors(version),
        "upstreams": _upstreams(version),
    }
    for name, text in fills.items():
        template = template.replace("{{" + name + "}}", text)
    return template


def _classes(version: str) -> str:
    stems = ("j_in", "j_cache_read", "j_cache_write", "j_cache_write_1h", "j_out")
    rows = [
        [row["class"], row["description"], *(_range(row, stem) for stem in stems)]
        for row in read_table(version, "model_classes")
    ]
    header = ["class", "models", "uncached input", "cache read", "cache write (5 min)", "cache write (1 h)", "output"]
    return _table(header, rows)


def _hosts(version: str) -> str:
    rows = [
        [
            f"`{row['host_key']}`",
            row["label"],
            row["region_assumption"],
            _range(row, "pue"),
            _range(row, "grid_g_per_kwh"),
            row["confidence"],
        ]
        for row in read_table(version, "hosting")
    ]
    return _table(["host", "who", "region assumed", "PUE", "grid, g CO2e per kWh", "confidence"], rows)


def _coefficients(version: str) -> str:
    rows = [
        [
            row["symbol"],
            f"{row['central']} ({row['low']} to {row['high']})",
            row["unit"],
            row["meaning"],
            row["evidence"],
        ]
        for row in read_table(version, "coefficients")
    ]
    return _table(["symbol", "central (low to high)", "unit", "meaning", "evidence"], rows)


def _upstreams(version: str) -> str:
    hosts: dict[str, list[str]] = {}
    for row in read_table(version, "upstream_hosts"):
        hosts.setdefault(row["host"], []).append(row["upstream"])
    return "; ".join(f"{', '.join(names)} → `{host}`" for host, names in hosts.items())


def _anchors(version: str) -> str:
    rows = [
        [row["anchor"], f"{row['value']} {row['unit']}", row["tokens_known"], row["boundary"], row["source"]]
        for row in read_table(version, "anchors")
    ]
    return _table(["published figure", "value", "tokens known", "boundary", "source"], rows)


def _examples(version: str) -> str:
    rows = []
    for example in work_out(version):
        published = example.published
        anchor = f"{published['anchor']} {published['anchor_unit']}" if published["anchor"] else "none"
        rows.append(
            [
                published["id"],
                published["description"],
                f"{published['class']} on `{published['host']}`",
                _central_and_range(example.energy_wh[bound] for bound in CENTRAL_FIRST),
                _central_and_range(example.co2e_grams[bound] for bound in CENTRAL_FIRST),
                _central_and_range(Decimal(published[f"g_total{suffix}"]) for suffix in ("", "_low", "_high")),
                anchor,
                published["ratio_central_to_anchor"] or "none",
            ]
        )
    header = ["#", "case", "class, host", "Wh (low to high)", "g CO2e (low to high)", "g CO2e worked out apart"]
    return _table([*header, "published figure", "ratio"], rows)


def _central_and_range(values: Iterable[Decimal]) -> str:
    central, low, high = (_four_digits(value) for value in values)
    return f"{central} ({low} to {high})"


def _four_digits(value: Decimal) -> str:
    """Four significant digits, as the examples are published."""
    rounded = value.quantize(Decimal(1).scaleb(value.adjusted() - 3)) if value else value
    return f"{rounded:,.0f}" if rounded.adjusted() >= 3 else f"{rounded:f}"


def _range(row: Row, stem: str) -> str:
    return f"{row[stem]} ({row[f'{stem}_low']} to {row[f'{stem}_high']})"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _folder(version: str) -> str:
    return version.replace(".", "_")


def write_page(path: Path) -> None:
    path.write_text(methodology_page(CURRENT_VERSION), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_page(PAGE)
