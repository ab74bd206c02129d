"""The models that an organization has used: the class of each, the rule that gave it, since when, and what it emitted.

The class is the one that the marts were priced with. The rule is found again in the alias table of that version: the
table that holds every organization's models (ops.model_classes) names what others use, so the app cannot read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import LiteralString

from app.telemetry.measures import Estimate, estimate
from core.clock import floor_to_day
from core.database import Database
from warehouse.factor_set import shipped_versions
from warehouse.model_names import ModelNames, ResolvedModel

RECENT_DAYS = timedelta(days=30)
"""As many UTC days as the overview shows at first, today among them."""


@dataclass(frozen=True, slots=True)
class UsedModel:
    """`rule` is None where the provider names no model, or the rules have changed since the build. `co2e` is of the
    counted usage since `UsedModels.since`; None: there is none, or nothing to estimate."""

    provider: str
    model: str | None
    model_class: str
    confidence: str
    hosts: tuple[str, ...]
    rule: ResolvedModel | None
    first_seen: date
    last_used: date
    co2e: Estimate | None


@dataclass(frozen=True, slots=True)
class UsedModels:
    """The largest first. The factor set is the one of the last build; None before the first."""

    factor_version: str | None
    factor_set_sha256: str | None
    since: date
    models: Sequence[UsedModel]

    @property
    def central_micrograms(self) -> Decimal:
        """What all of them emitted since `since`, central estimate."""
        return sum((model.co2e.central for model in self.models if model.co2e), Decimal(0))


_BUILD: LiteralString = """
select factor_version, factor_set_sha256 from ops.builds where state = 'succeeded' order by started_at desc limit 1
"""
_MODELS: LiteralString = """
select provider collate "C" as provider, model collate "C" as model, model_class, class_confidence,
    array_agg(distinct host order by host) as hosts,
    min(usage_date) as first_seen, max(usage_date) as last_used,
    sum(co2e_micrograms_low) filter (where is_counted and usage_date >= %(since)s) as co2e_micrograms_low,
    sum(co2e_micrograms_central) filter (where is_counted and usage_date >= %(since)s) as co2e_micrograms_central,
    sum(co2e_micrograms_high) filter (where is_counted and usage_date >= %(since)s) as co2e_micrograms_high
from marts.fct_daily_emissions
group by 1, 2, 3, 4
order by co2e_micrograms_central desc nulls last, 1, 2 nulls last
"""


def used_models(database: Database, org_id: int, *, now: datetime) -> UsedModels:
    since = (floor_to_day(now) + timedelta(days=1) - RECENT_DAYS).date()
    with database.tenant(org_id) as connection:
        build = connection.execute(_BUILD).fetchone()
        if build is None:  # the first build makes the marts
            return UsedModels(None, None, since, ())
        rows = connection.execute(_MODELS, {"since": since}).fetchall()
    version = build["factor_version"]
    return UsedModels(
        factor_version=version,
        factor_set_sha256=build["factor_set_sha256"],
        since=since,
        models=tuple(
            UsedModel(
                provider=row["provider"],
                model=row["model"],
                model_class=row["model_class"],
                confidence=row["class_confidence"],
                hosts=tuple(row["hosts"]),
                rule=_rule(version, row["provider"], row["model"], model_class=row["model_class"]),
                first_seen=row["first_seen"],
                last_used=row["last_used"],
                co2e=estimate(row, "co2e_micrograms"),
            )
            for row in rows
        ),
    )


def _rule(version: str, provider: str, model: str | None, *, model_class: str) -> ResolvedModel | None:
    if model is None or version not in shipped_versions():
        return None
    rule = _names(version).resolve(provider, model)
    return rule if rule.model_class == model_class else None


@cache
def _names(version: str) -> ModelNames:
    return ModelNames.of_version(version)
