"""What the mapping editor shows of each part of an account: its usage, and the project that the usage goes to today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.dashboard import quantities
from app.dashboard.selector_words import project_kind, selector_title
from app.telemetry.seen_selectors import SeenSelector
from ingestion.mapping import WHOLE_ACCOUNT, MappingView, Selector, WorkloadView

_MILLIONTHS_OF_A_PERCENT = 10_000


@dataclass(frozen=True, slots=True)
class SelectorFigure:
    """`project_id` and `project_name`: of its own workload in force, None if it has none.

    `follows`: what its usage goes with if it has no workload of its own, and `goes_to` the name of the project that it
    ends in; None if that differs from one of the provider's projects to another.
    `is_mapped`: it has a workload now or later, which can be taken away unless it is the whole account's.
    """

    selector: Selector
    title: str
    project_id: int | None
    goes_to: str | None
    follows: str | None
    is_mapped: bool
    tokens: int | None
    grams: Decimal | None
    share: str
    width: Decimal


def selector_figures(view: MappingView, seen: Sequence[SeenSelector], *, now: datetime) -> list[SelectorFigure]:
    """The whole account first, then the provider's projects, then keys; those seen, and those mapped unseen."""
    in_force = {workload.selector: workload for workload in view.in_force_at(now)}
    mapped = {each.selector for each in view.workloads if each.ends_at is None or each.ends_at > now}
    usage = {each.selector: each for each in seen}
    unseen = sorted(mapped - usage.keys() - {WHOLE_ACCOUNT}, key=lambda selector: selector.value)
    figures = [
        _figure(view, selector, usage.get(selector), in_force, is_mapped=selector in mapped)
        for selector in (WHOLE_ACCOUNT, *usage, *unseen)
    ]
    return sorted(figures, key=lambda figure: ("account", "project", "api_key").index(figure.selector.kind))


def _figure(
    view: MappingView,
    selector: Selector,
    seen: SeenSelector | None,
    in_force: Mapping[Selector, WorkloadView],
    *,
    is_mapped: bool,
) -> SelectorFigure:
    own = in_force.get(selector)
    taking = own or _taking(selector, seen, in_force)
    if taking is None:
        follows = f"the {project_kind(view.provider)} that it is used in"
    elif taking.selector == WHOLE_ACCOUNT:
        follows = "the whole account"
    else:
        follows = selector_title(taking.selector, view.provider)
    co2e = None if seen is None else seen.co2e_micrograms_central
    return SelectorFigure(
        selector=selector,
        title=selector_title(selector, view.provider),
        project_id=None if own is None else own.project_id,
        goes_to=None if taking is None else taking.project_name,
        follows=None if own else follows,
        is_mapped=is_mapped,
        tokens=None if seen is None else seen.tokens,
        grams=None if co2e is None else co2e / 10**6,
        share=_share(seen),
        width=_width(seen),
    )


def _taking(
    selector: Selector, seen: SeenSelector | None, in_force: Mapping[Selector, WorkloadView]
) -> WorkloadView | None:
    """The less specific workload that takes its usage; None: not one, but those of the projects a key is used in."""
    if selector.kind == "api_key" and any(each.kind == "project" for each in in_force):
        if seen is None or seen.name_hint is None:
            return None
        return in_force.get(Selector("project", seen.name_hint), in_force[WHOLE_ACCOUNT])
    return in_force[WHOLE_ACCOUNT]


def _share(seen: SeenSelector | None) -> str:
    if seen is None or seen.token_share_millionths is None:
        return "no usage"
    return quantities.percent(Decimal(seen.token_share_millionths), Decimal(1_000_000))


def _width(seen: SeenSelector | None) -> Decimal:
    return Decimal((seen and seen.token_share_millionths) or 0) / _MILLIONTHS_OF_A_PERCENT
