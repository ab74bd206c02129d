"""Accuracy: each closed day as we counted it beside what the provider says of it and bills, and a way to read again."""

import streamlit as st

from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.accuracy_figures import AccuracyFigure, accuracy_figure
from app.dashboard.acting import done
from app.dashboard.cost_figures import cost_figure
from app.dashboard.figure_cache import freshness_of
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.instants import DAY
from app.dashboard.page_list import CONNECTIONS
from app.dashboard.views.overview_notes import note_stalled, reach
from app.telemetry.accuracy import KNOWN_HOLES, accuracy
from app.telemetry.costs import HOLES_OF_ALL
from app.telemetry.costs import KNOWN_HOLES as COST_HOLES
from ingestion.rereads import LONGEST_REREAD, request_reread


def show(person: Principal) -> None:
    context = serving.context()
    freshness = freshness_of(person.org_id)
    fragments.show("heading.html", title="Accuracy", aside=reach(freshness))
    note_stalled(freshness)
    connections = accuracy(context.database, person.org_id, now=context.clock.now())
    if not connections:
        fragments.show(
            "no_page.html",
            title="Nothing to compare yet",
            sentence="Connect a provider account; its closed days are compared from the next morning on.",
            link=CONNECTIONS.path,
            link_text="Connections",
        )
        return
    may_write = "connections:write" in acts_of(person)
    for found in connections:
        figure = accuracy_figure(found)
        with st.container(border=True, key=f"accuracy-{figure.connection_id}"):
            fragments.show("accuracy.html", figure=figure)
            costs = cost_figure(found.costs)
            fragments.show("accuracy_costs.html", public_id=figure.public_id, name=figure.name, costs=costs)
            if may_write and figure.differing:
                _reread(person, figure)
    used = sorted({found.provider for found in connections})
    fragments.show(
        "accuracy_holes.html",
        known={PROVIDER_NAMES[name]: KNOWN_HOLES[name] for name in used},
        of_costs={PROVIDER_NAMES[name]: COST_HOLES[name] for name in used},
        of_all_costs=HOLES_OF_ALL,
    )


def _reread(person: Principal, figure: AccuracyFigure) -> None:
    """One click: all days that differ, as far back as one request goes."""
    context = serving.context()
    differing = figure.differing
    count = "this day" if len(differing) == 1 else f"these {len(differing)} days"
    if st.button(f"Read {count} again", icon=":material/sync:", key=f"reread-{figure.connection_id}"):
        newest = differing[0]
        first = max(differing[-1], newest - LONGEST_REREAD + DAY)
        if done(
            lambda: request_reread(
                context.database,
                org_id=person.org_id,
                connection_id=figure.connection_id,
                first=first,
                last=newest,
                now=context.clock.now(),
                actor=person.actor,
            )
        ):
            fragments.show(
                "note.html",
                tone="good",
                title="Queued.",
                sentence="The days are read again now; the numbers follow with the next build.",
                link=CONNECTIONS.path,
                link_text="See how far it is",
            )
