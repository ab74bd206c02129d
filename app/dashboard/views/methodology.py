"""How the grams are worked out: the version, the formula, whose models have which factors, and what is not known."""

from functools import cache
from pathlib import Path

import streamlit as st

from app.accounts.principal import Principal
from app.api.application import METHODOLOGY_DOCS
from app.dashboard import fragments
from app.dashboard.anchor_figures import anchor_figures
from app.dashboard.factor_table import COUNTERS, class_factors, host_labels
from app.dashboard.figure_cache import freshness_of, used_models_of
from app.dashboard.model_figures import used_factors, used_model_figures
from app.telemetry.equivalences import equivalences
from app.telemetry.used_models import UsedModels
from warehouse.factor_set import CURRENT_VERSION, input_sha256, shipped_versions

DOCUMENT = Path(__file__).parents[3] / "docs" / "methodology.md"
DEFAULT_HOST = "openai"


def show(person: Principal) -> None:
    used = used_models_of(person.org_id, freshness_of(person.org_id).built_at)
    version = used.factor_version or CURRENT_VERSION
    fragments.show("heading.html", title="Methodology", aside=f"Version {version}")
    fragments.show(
        "methodology.html",
        version=version,
        sha256=used.factor_set_sha256 or _sha256(),
        shipped=CURRENT_VERSION,
        has_docs=METHODOLOGY_DOCS.is_dir(),
    )
    _models(used, version if version in shipped_versions() else CURRENT_VERSION)
    _classes()
    fragments.show("limits.html")
    fragments.show("anchors.html", anchors=anchor_figures(CURRENT_VERSION))
    fragments.show("equivalence_sources.html", equivalences=equivalences())
    if DOCUMENT.is_file():
        with st.expander("The methodology in full", icon=":material/description:"):
            st.markdown(DOCUMENT.read_text(encoding="utf-8"))


def _models(used: UsedModels, version: str) -> None:
    fragments.show("used_models.html", models=used_model_figures(used, version), since=used.since)
    if used.models:
        fragments.show("used_factors.html", factors=used_factors(used, version), counters=COUNTERS)


def _classes() -> None:
    labels = host_labels(CURRENT_VERSION)
    with st.container(border=True, key="factors"):
        hosts = list(labels)
        host = st.selectbox(
            "Factors of every class for models that run at",
            hosts,
            index=hosts.index(DEFAULT_HOST),
            format_func=lambda key: labels[key],
        )
        fragments.show("factors.html", rows=class_factors(CURRENT_VERSION, host), counters=COUNTERS)


@cache
def _sha256() -> str:
    return input_sha256(CURRENT_VERSION)
