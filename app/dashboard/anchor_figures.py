"""Our estimates beside the figures that others have published, out of the worked examples of a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.factor_table import host_names
from app.dashboard.figures import Range
from warehouse.factor_set import BOUNDS
from warehouse.worked_examples import WorkedExample, work_out


@dataclass(frozen=True, slots=True)
class AnchorFigure:
    """`ours` is in the unit that the others published, Wh at the data centre or grams; `ratio` is ours to theirs, as
    published with the example."""

    number: str
    case: str
    class_and_host: str
    ours: Range
    is_energy: bool
    published_text: str
    ratio: str
    is_inside_range: bool


def anchor_figures(version: str) -> Sequence[AnchorFigure]:
    """Those examples that somebody has published a figure for."""
    hosts = host_names(version)
    return [
        _figure(example, hosts[example.published["host"]]) for example in work_out(version) if _is_published(example)
    ]


def _is_published(example: WorkedExample) -> bool:
    return bool(example.published["anchor"])


def _figure(example: WorkedExample, host_name: str) -> AnchorFigure:
    published = example.published
    amount, unit = Decimal(published["anchor"]), published["anchor_unit"]
    is_energy = unit.startswith("Wh")
    written = quantities.energy(amount) if is_energy else f"{quantities.mass(amount)} CO2e"
    bounds = example.energy_wh if is_energy else example.co2e_grams
    return AnchorFigure(
        number=published["id"],
        case=published["description"],
        class_and_host=f"class {published['class']} at {host_name}",
        ours=Range(*(bounds[bound] for bound in BOUNDS)),
        is_energy=is_energy,
        published_text=f"{written}{unit.removeprefix('Wh')}" if is_energy else written,
        ratio=published["ratio_central_to_anchor"],
        is_inside_range=published["anchor_inside_range"] == "yes",
    )
