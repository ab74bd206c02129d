"""What a project's card shows, worked out of its trend: grams, share of the organization, bars of its course."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.figures import Range, width_of
from app.telemetry.project_trends import ProjectTrend
from core.ids import public_id
from ingestion.projects import ProjectView

NO_TREND = ProjectTrend(co2e=None, tokens=0, course=())


@dataclass(frozen=True, slots=True)
class ProjectFigure:
    """`bars` are heights in per cent of the project's own highest part: the course is seen, the size is written."""

    project: ProjectView
    public_id: str
    co2e: Range | None
    tokens: int
    share: str
    width: Decimal
    bars: Sequence[Decimal]


def project_figures(projects: Sequence[ProjectView], trends: Mapping[int | None, ProjectTrend]) -> list[ProjectFigure]:
    """One each, the largest first. Shares are of the organization's whole, archived projects among it."""
    whole = sum((trend.co2e.central for trend in trends.values() if trend.co2e), Decimal(0))
    found = [_figure(project, trends.get(project.id, NO_TREND), whole) for project in projects]
    return sorted(
        found, key=lambda figure: (-(figure.co2e.central if figure.co2e else -1), figure.project.name.casefold())
    )


def _figure(project: ProjectView, trend: ProjectTrend, whole: Decimal) -> ProjectFigure:
    part = trend.co2e.central if trend.co2e else Decimal(0)
    highest = max(trend.course, default=Decimal(0))
    return ProjectFigure(
        project=project,
        public_id=public_id("proj", project.id),
        co2e=Range.of(trend.co2e),
        tokens=trend.tokens,
        share=quantities.percent(part, whole),
        width=width_of(part, whole),
        bars=[width_of(each, highest) for each in trend.course],
    )
