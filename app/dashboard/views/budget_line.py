"""One line on a page of usage: how the month's budget stands, where there is one."""

from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.budget_figures import budget_figure
from budgets.watched import watched_budget_of


def show_budget_line(person: Principal, project_id: int | None) -> None:
    """Of the project, or for None of the organization. Nothing where there is no budget, or nothing was built."""
    context = serving.context()
    watched = watched_budget_of(context.database, person.org_id, project_id, now=context.clock.now())
    if watched is not None and watched.standing is not None:
        fragments.show("budget_line.html", budget=budget_figure(watched))
