"""What a project's card shows of its trend."""

from datetime import UTC, datetime
from decimal import Decimal

from app.dashboard.project_figures import project_figures
from app.telemetry.measures import Estimate
from app.telemetry.project_trends import ProjectTrend
from ingestion.projects import ProjectView

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def a_project(identifier: int, name: str) -> ProjectView:
    return ProjectView(identifier, name, False, 1, NOW, None)


def a_trend(*course: int) -> ProjectTrend:
    whole = Decimal(sum(course))
    return ProjectTrend(Estimate(whole / 2, whole, whole * 3), tokens=10, course=tuple(map(Decimal, course)))


def test_cards_come_largest_first_with_their_share_of_everything_that_was_used() -> None:
    trends = {1: a_trend(1_000_000, 0), 2: a_trend(0, 2_000_000), None: a_trend(1_000_000, 0)}
    cards = project_figures([a_project(1, "b"), a_project(2, "a"), a_project(3, "c")], trends)
    assert [(card.public_id, card.share, card.width, card.bars) for card in cards] == [
        ("proj_2", "50 %", Decimal(50), [Decimal(0), Decimal(100)]),
        ("proj_1", "25 %", Decimal(25), [Decimal(100), Decimal(0)]),
        ("proj_3", "0.0 %", Decimal(0), []),
    ]
    assert cards[0].co2e is not None
    assert (cards[0].co2e.low, cards[0].co2e.central, cards[0].co2e.high) == tuple(map(Decimal, (1, 2, 6)))
    assert cards[2].co2e is None


def test_an_organization_without_usage_has_no_shares() -> None:
    [card] = project_figures([a_project(1, "a")], {})
    assert (card.share, card.width, card.tokens) == ("–", Decimal(0), 0)
