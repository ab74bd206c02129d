"""The bodies of /v1/budgets. Masses are grams CO2e as exact decimal text, shares are of the limit."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from budgets.budgets import PastTerms
from budgets.standing import AlertKind, Judgement, Standing
from budgets.terms import DEFAULT_WARNING_PERCENT, HIGHEST_LIMIT_GRAMS, Bound, Terms
from budgets.watched import Told, Watched
from core.ids import public_id
from core.units import scaled_by_a_millionth

_MILLIONTHS = Context(prec=40, rounding=ROUND_HALF_EVEN)

LimitGrams = Annotated[
    Decimal,
    Field(
        gt=0,
        le=HIGHEST_LIMIT_GRAMS,
        max_digits=19,
        decimal_places=6,
        description="Grams CO2e a calendar month (UTC), as text or number; six digits after the point at most.",
        examples=["2500"],
    ),
]
WarningPercent = Annotated[
    int, Field(ge=1, le=100, description="Owners are told once this share of the limit is reached.", examples=[80])
]
BoundField = Annotated[Bound, Field(description="Which estimate is held to the limit.")]


class NewBudget(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    project_id: str | None = Field(default=None, description="null: the organization as a whole.", examples=["proj_1"])
    limit_grams: LimitGrams
    warning_percent: WarningPercent = DEFAULT_WARNING_PERCENT
    bound: BoundField = "central"


class BudgetChangeBody(BaseModel):
    """What is left out stays. Another limit, share or estimate is a new version, of which owners are told anew."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit_grams: LimitGrams | None = None
    warning_percent: WarningPercent | None = None
    bound: BoundField | None = None
    is_paused: bool | None = Field(default=None, description="Of a paused budget nobody is told.")
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Refuse the change (409) if the budget has changed since."
    )

    @model_validator(mode="after")
    def _is_a_change(self) -> Self:
        if all(given is None for given in (self.limit_grams, self.warning_percent, self.bound, self.is_paused)):
            raise ValueError("Send limit_grams, warning_percent, bound or is_paused")
        return self


class ToldBody(BaseModel):
    kind: AlertKind
    told_at: AwareDatetime


class StandingBody(BaseModel):
    """How the present calendar month (UTC) stands, by what the last build has seen."""

    month: date = Field(description="Its first day.")
    judgement: Judgement
    spent_grams: str = Field(description="Of all that is known of the month; exact.", examples=["1234.567891"])
    spent_share: str = Field(description="Of the limit, to six digits; above 1 where it is exceeded.")
    days: int
    complete_days: int = Field(description="Days that are over and were read whole; the forecast stands on them.")
    complete_through: date | None = Field(description="The last of them.")
    data_through: AwareDatetime | None = Field(description="What is polled is complete up to here.")
    forecast_grams: str | None = Field(
        description="At the end of the month: complete days as they were, each other day as their mean, or as what is"
        " known of it if that is more. null: fewer than three days are complete."
    )
    forecast_share: str | None = Field(description="Of the limit, to six digits.")
    overrun_date: date | None = Field(description="The day on which the forecast passes the limit.")
    exceeded_date: date | None = Field(description="The day on which the limit was passed.")
    told: list[ToldBody] = Field(description="What owners were told of in this month, by these terms.")

    @classmethod
    def of(cls, standing: Standing, terms: Terms, told: Sequence[Told]) -> Self:
        forecast = None if standing.forecast_micrograms is None else Decimal(standing.forecast_micrograms)
        return cls(
            month=standing.month,
            judgement=standing.judgement,
            spent_grams=scaled_by_a_millionth(standing.spent),
            spent_share=share(standing.spent, terms),
            days=standing.days,
            complete_days=standing.complete_days,
            complete_through=standing.complete_through,
            data_through=standing.data_through,
            forecast_grams=None if forecast is None else scaled_by_a_millionth(forecast),
            forecast_share=None if forecast is None else share(forecast, terms),
            overrun_date=standing.overrun_date,
            exceeded_date=standing.exceeded_date,
            told=[ToldBody(kind=kind, told_at=at) for kind, at in told],
        )


class BudgetProject(BaseModel):
    id: str = Field(examples=["proj_1"])
    name: str


class BudgetBody(BaseModel):
    id: str = Field(examples=["budget_1"])
    project: BudgetProject | None = Field(description="null: the organization as a whole.")
    limit_grams: str
    warning_percent: int
    bound: Bound
    is_paused: bool
    version: int = Field(description="Counts the changes of limit, share and estimate.")
    created_at: AwareDatetime
    changed_at: AwareDatetime = Field(description="When these terms were set.")
    standing: StandingBody | None = Field(
        description="null: nothing has been built yet, or the API key may only write."
    )

    @classmethod
    def of(cls, watched: Watched) -> Self:
        budget = watched.budget
        return cls(
            id=public_id("budget", budget.id),
            project=(
                None
                if budget.project_id is None or budget.project_name is None
                else BudgetProject(id=public_id("proj", budget.project_id), name=budget.project_name)
            ),
            limit_grams=scaled_by_a_millionth(Decimal(budget.terms.limit_micrograms)),
            warning_percent=budget.terms.warning_percent,
            bound=budget.terms.bound,
            is_paused=budget.paused_at is not None,
            version=budget.version,
            created_at=budget.created_at,
            changed_at=budget.set_at,
            standing=(
                None if watched.standing is None else StandingBody.of(watched.standing, budget.terms, watched.told)
            ),
        )


class BudgetList(BaseModel):
    data: list[BudgetBody]


class PastTermsBody(BaseModel):
    version: int
    limit_grams: str
    warning_percent: int
    bound: Bound
    set_at: AwareDatetime
    set_by: str = Field(description="Who: the id of a person or an API key.", examples=["user_1"])

    @classmethod
    def of(cls, past: PastTerms) -> Self:
        return cls(
            version=past.version,
            limit_grams=scaled_by_a_millionth(Decimal(past.terms.limit_micrograms)),
            warning_percent=past.terms.warning_percent,
            bound=past.terms.bound,
            set_at=past.set_at,
            set_by=past.set_by,
        )


class TermsHistory(BaseModel):
    data: list[PastTermsBody]


def share(micrograms: Decimal, terms: Terms) -> str:
    """Of the limit, half-even to six digits after the point."""
    quotient = _MILLIONTHS.divide(micrograms, Decimal(terms.limit_micrograms))
    return format(quotient.quantize(Decimal("0.000001"), context=_MILLIONTHS), "f")
