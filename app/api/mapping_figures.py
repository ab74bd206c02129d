"""Usage beside the mapping: what the parts of an account used, and what would go where."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, Field

from app.api.mapping_bodies import SelectorBody
from app.telemetry.mapping_preview import Preview, PreviewedPart, PreviewedProject
from app.telemetry.names import NamedProject
from app.telemetry.seen_selectors import SeenSelector
from app.telemetry.time_span import TimeSpan
from core.ids import public_id
from core.units import scaled_by_a_millionth

_TOKENS = "null: the provider reports none."
_MASS = "Grams CO2e, central estimate; exact decimal text. null: there is nothing to estimate."


class ProjectNameBody(BaseModel):
    id: str = Field(examples=["proj_1"])
    name: str

    @classmethod
    def of(cls, project: NamedProject) -> Self:
        return cls(id=public_id("proj", project.id), name=project.name)


class SeenSelectorBody(BaseModel):
    selector: SelectorBody
    name_hint: str | None = Field(description="Of a key: the provider's project that it was used in.")
    requests: int | None = Field(description=_TOKENS)
    tokens: int | None = Field(description=_TOKENS)
    co2e_grams: str | None = Field(description=_MASS)
    token_share: str | None = Field(description="Of the account's tokens, 0 to 1; decimal text.", examples=["0.25"])
    co2e_share: str | None = Field(description="Of the account's CO2e, 0 to 1; decimal text.")
    project: ProjectNameBody | None = Field(description="Which this selector itself is mapped to; null: it is not.")

    @classmethod
    def of(cls, seen: SeenSelector) -> Self:
        return cls(
            selector=SelectorBody.of(seen.selector),
            name_hint=seen.name_hint,
            requests=seen.requests,
            tokens=seen.tokens,
            co2e_grams=_grams(seen.co2e_micrograms_central),
            token_share=_share(seen.token_share_millionths),
            co2e_share=_share(seen.co2e_share_millionths),
            project=None if seen.project is None else ProjectNameBody.of(seen.project),
        )


class SeenSelectorList(BaseModel):
    data: list[SeenSelectorBody]
    start: datetime
    end: datetime

    @classmethod
    def of(cls, seen: Sequence[SeenSelector], span: TimeSpan) -> Self:
        return cls(data=[SeenSelectorBody.of(each) for each in seen], start=span.start, end=span.end)


class PreviewedPartBody(BaseModel):
    """Usage of one of the provider's projects (or workspaces) and keys."""

    provider_project_id: str | None = Field(description="null: the provider names none.")
    api_key_id: str | None = Field(description="null: the provider names none.")
    tokens: int | None = Field(description=_TOKENS)
    co2e_grams: str | None = Field(description=_MASS)
    project_before: ProjectNameBody
    project_after: ProjectNameBody

    @classmethod
    def of(cls, part: PreviewedPart) -> Self:
        return cls(
            provider_project_id=part.provider_project_id,
            api_key_id=part.api_key_id,
            tokens=part.tokens,
            co2e_grams=_grams(part.co2e_micrograms_central),
            project_before=ProjectNameBody.of(part.before),
            project_after=ProjectNameBody.of(part.after),
        )


class PreviewedProjectBody(BaseModel):
    project: ProjectNameBody
    tokens_before: int
    tokens_after: int
    co2e_grams_before: str = Field(description="Central estimate; exact decimal text.", examples=["1.902133"])
    co2e_grams_after: str

    @classmethod
    def of(cls, previewed: PreviewedProject) -> Self:
        return cls(
            project=ProjectNameBody.of(previewed.project),
            tokens_before=previewed.tokens_before,
            tokens_after=previewed.tokens_after,
            co2e_grams_before=scaled_by_a_millionth(previewed.co2e_micrograms_before),
            co2e_grams_after=scaled_by_a_millionth(previewed.co2e_micrograms_after),
        )


class PreviewBody(BaseModel):
    data: list[PreviewedPartBody]
    projects: list[PreviewedProjectBody] = Field(
        description="What each project has of this usage; the sums before and after are the same."
    )
    start: datetime | None = Field(description="null: from the first usage on.")
    end: datetime

    @classmethod
    def of(cls, preview: Preview, *, start: datetime | None, end: datetime) -> Self:
        return cls(
            data=[PreviewedPartBody.of(part) for part in preview.parts],
            projects=[PreviewedProjectBody.of(each) for each in preview.projects],
            start=start,
            end=end,
        )


def _grams(micrograms: Decimal | None) -> str | None:
    return None if micrograms is None else scaled_by_a_millionth(micrograms)


def _share(millionths: int | None) -> str | None:
    return None if millionths is None else scaled_by_a_millionth(Decimal(millionths))
