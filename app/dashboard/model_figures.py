"""What the Methodology page shows of an organization's models, and of the factors that they are priced with."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.api.methodology_answers import share_percent
from app.dashboard import quantities
from app.dashboard.factor_table import ClassFactors, all_factors, host_names
from app.dashboard.figures import NO_MODEL, PROVIDER_NAMES, Range, width_of
from app.dashboard.model_notes import ModelNote, note_of
from app.telemetry.used_models import UsedModel, UsedModels

NOT_ESTIMATED = "NA"


@dataclass(frozen=True, slots=True)
class UsedModelFigure:
    model: UsedModel
    name: str
    provider_name: str
    note: ModelNote
    co2e: Range | None
    share: str
    share_exact: str
    width: Decimal
    host_names: Sequence[str]


@dataclass(frozen=True, slots=True)
class UsedFactors:
    """Of a class at a host, with the names of the models that are priced so."""

    host: str
    host_name: str
    model_names: Sequence[str]
    factors: ClassFactors


def used_model_figures(used: UsedModels, version: str) -> list[UsedModelFigure]:
    hosts = host_names(version)
    whole = used.central_micrograms
    return [
        UsedModelFigure(
            model=model,
            name=model.model or NO_MODEL,
            provider_name=PROVIDER_NAMES.get(model.provider, model.provider),
            note=note_of(model.model_class, model.confidence),
            co2e=Range.of(model.co2e),
            share=quantities.percent(model.co2e.central, whole) if model.co2e else "",
            share_exact=share_percent(model.co2e.central, whole) if model.co2e and whole else "",
            width=width_of(model.co2e.central, whole) if model.co2e else Decimal(0),
            host_names=[hosts.get(host, host) for host in model.hosts],
        )
        for model in used.models
    ]


def used_factors(used: UsedModels, version: str) -> list[UsedFactors]:
    """One a class and host that any of the models has, in the order of the models; class NA has no factors."""
    names: dict[tuple[str, str], list[str]] = {}
    for model in used.models:
        for host in model.hosts:
            if model.model_class != NOT_ESTIMATED:
                names.setdefault((model.model_class, host), []).append(model.model or NO_MODEL)
    hosts, factors = host_names(version), all_factors(version)
    return [UsedFactors(host, hosts[host], found, factors[key, host]) for (key, host), found in names.items()]
