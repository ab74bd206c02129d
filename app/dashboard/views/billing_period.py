"""One billing period: what it states, which projects and models it is made of, and how it got to its state."""

from collections.abc import Sequence
from decimal import Decimal

from app.accounts.principal import Principal
from app.billing.period_lines import PeriodLine
from app.billing.periods import list_periods, period_detail
from app.billing.subscription import billing_view
from app.dashboard import address, fragments, serving
from app.dashboard.billing_figures import adjustment_figures, period_figure
from app.dashboard.billing_words import state_label
from app.dashboard.figures import Range
from app.dashboard.page_list import BILLING
from app.dashboard.views.billing import show_period_card
from app.telemetry.measures import Estimate
from core.errors import NotFoundError
from core.ids import database_key

NOT_THERE = "The address names a period that this organization does not have."


def show(person: Principal) -> None:
    context = serving.context()
    key = database_key("period", address.in_address("id") or "")
    try:
        detail = period_detail(context.database, person.org_id, key or 0)
    except NotFoundError:
        fragments.show(
            "no_page.html",
            title="There is no such period",
            sentence=NOT_THERE,
            link=BILLING.path,
            link_text="All periods",
        )
        return
    view = billing_view(context.database, person.org_id)
    figure = period_figure(detail.period, now=context.clock.now(), is_on_hold=view.held_at is not None)
    fragments.show("billing_period.html", figure=figure, detail=detail, label=state_label)
    show_period_card(figure, view, is_current=False)
    if detail.adjustments:
        periods = list_periods(context.database, person.org_id)
        fragments.show(
            "billing_adjustments.html",
            adjustments=adjustment_figures(detail.adjustments, periods),
            where="It is part of this period's emissions.",
        )
    fragments.show("billing_lines.html", lines=_by_project(detail.lines), is_stated=figure.is_stated)
    fragments.show("billing_moves.html", moves=detail.moves, label=state_label)


def _by_project(lines: Sequence[PeriodLine]) -> list[tuple[str, Range | None]]:
    """Project -> its emissions, the largest first; a project without any estimate has none."""
    sums: dict[tuple[int, str], list[Decimal] | None] = {}
    for line in lines:
        key = (line.project_id, line.project_name)
        known = sums.setdefault(key, None)
        if line.co2e is not None:
            bounds = [line.co2e.low, line.co2e.central, line.co2e.high]
            sums[key] = bounds if known is None else [a + b for a, b in zip(known, bounds, strict=True)]
    ranges = [(name, None if found is None else Range.of(Estimate(*found))) for (_, name), found in sums.items()]
    return sorted(ranges, key=lambda each: (Decimal(0) if each[1] is None else -each[1].central, each[0]))
