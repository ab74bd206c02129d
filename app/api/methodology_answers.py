"""The body of /v1/methodology/models: masses and shares as exact decimal text."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from pydantic import BaseModel, Field

from app.api.telemetry_answers import Range
from app.telemetry.used_models import UsedModel, UsedModels
from warehouse.model_names import ResolvedModel


class MatchedRuleBody(BaseModel):
    """The first row of the version's alias table whose pattern fits."""

    priority: int
    pattern: str = Field(description="A regular expression, searched for in normalized_name.")
    normalized_name: str = Field(description="The model's name, as the patterns are tried on it.")


class UsedModelBody(BaseModel):
    provider: str
    model: str | None = Field(description="As the provider spells it; null: it names none.")
    model_class: str = Field(description="The class whose factors are used; UNK: unknown; NA: nothing to estimate.")
    confidence: str = Field(description="How sure the class is.")
    matched_rule: MatchedRuleBody | None = Field(
        description="null: there is no name to match, or the rules have changed since the last build."
    )
    hosts: list[str] = Field(description="Where it ran, as the factors know hosts.")
    first_seen: date = Field(description="First UTC day with usage.")
    last_used: date
    co2e_grams: Range | None = Field(description="Of the counted usage since `since`. null: none, or no estimate.")
    share_percent: str | None = Field(
        description="Of the central grams of all models since `since`, half-even to a hundredth.", examples=["41.67"]
    )


class UsedModelsBody(BaseModel):
    data: list[UsedModelBody] = Field(description="The largest first.")
    factor_version: str | None = Field(description="The methodology version of the last build. null: there is none.")
    factor_set_sha256: str | None = Field(description="Over the version's input tables.")
    since: date = Field(description="First of the 30 UTC days that masses and shares are of.")


def used_models_body(found: UsedModels) -> UsedModelsBody:
    whole = found.central_micrograms
    return UsedModelsBody(
        data=[_model(model, whole) for model in found.models],
        factor_version=found.factor_version,
        factor_set_sha256=found.factor_set_sha256,
        since=found.since,
    )


def share_percent(part: Decimal, whole: Decimal) -> str:
    return str((part * 100 / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def _model(model: UsedModel, whole: Decimal) -> UsedModelBody:
    return UsedModelBody(
        provider=model.provider,
        model=model.model,
        model_class=model.model_class,
        confidence=model.confidence,
        matched_rule=model.rule and _rule(model.rule),
        hosts=list(model.hosts),
        first_seen=model.first_seen,
        last_used=model.last_used,
        co2e_grams=model.co2e and Range(**model.co2e.scaled()),
        share_percent=share_percent(model.co2e.central, whole) if model.co2e and whole else None,
    )


def _rule(rule: ResolvedModel) -> MatchedRuleBody:
    return MatchedRuleBody(
        priority=rule.alias_priority, pattern=rule.alias_pattern, normalized_name=rule.normalized_name
    )
