"""How the grams are worked out: the version, the formula, the factors, and where to read on."""

from functools import cache
from pathlib import Path

import streamlit as st

from app.accounts.principal import Principal
from app.api.application import METHODOLOGY_DOCS
from app.dashboard import fragments
from app.dashboard.factor_table import ClassFactors, class_factors, host_labels
from warehouse.factor_set import CURRENT_VERSION, input_sha256

DOCUMENT = Path(__file__).parents[3] / "docs" / "methodology.md"
DEFAULT_HOST = "openai"


def show(_person: Principal) -> None:
    fragments.show("heading.html", title="Methodology", aside=f"Version {CURRENT_VERSION}")
    fragments.show(
        "methodology.html",
        version=CURRENT_VERSION,
        sha256=_sha256(),
        has_docs=METHODOLOGY_DOCS.is_dir(),
    )
    labels = host_labels(CURRENT_VERSION)
    with st.container(border=True, key="factors"):
        hosts = list(labels)
        host = st.selectbox(
            "Factors for models that run at",
            hosts,
            index=hosts.index(DEFAULT_HOST),
            format_func=lambda key: labels[key],
        )
        fragments.show("factors.html", rows=_factors(host))
    if DOCUMENT.is_file():
        with st.expander("The methodology in full", icon=":material/description:"):
            st.markdown(DOCUMENT.read_text(encoding="utf-8"))


@cache
def _sha256() -> str:
    return input_sha256(CURRENT_VERSION)


@cache
def _factors(host: str) -> list[ClassFactors]:
    return class_factors(CURRENT_VERSION, host)
