"""The form that connects a key: which provider, where to make the key, the key."""

import streamlit as st
from pydantic import SecretStr

from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import attempted
from app.dashboard.figures import PROVIDER_NAMES
from app.dashboard.key_guides import KEY_GUIDES
from ingestion.connections import connect
from ingestion.projects import list_projects
from ingestion.usage_row import ProviderName


def show_connect_form(person: Principal) -> None:
    """Connects on submit. The form forgets what was typed as soon as it is sent: neither side keeps the key."""
    context = serving.context()
    provider = st.segmented_control(
        "Provider", list(PROVIDER_NAMES), format_func=PROVIDER_NAMES.__getitem__, default="openai", required=True
    )
    provider = provider or "openai"
    guide = KEY_GUIDES[provider]
    fragments.show("where_key.html", provider=PROVIDER_NAMES[provider], guide=guide)
    projects = {
        project.name: project.id
        for project in list_projects(context.database, person.org_id)
        if project.archived_at is None
    }
    with st.form(f"connect-{provider}", border=False, clear_on_submit=True):
        key = st.text_input(
            guide.kind.capitalize(),
            type="password",
            placeholder=guide.example,
            max_chars=400,
            autocomplete="off",
        )
        label = st.text_input("Name (optional)", max_chars=80, placeholder=f"{PROVIDER_NAMES[provider]} production")
        project = st.selectbox("Project", list(projects)) if len(projects) > 1 else None
        if not st.form_submit_button("Test and connect", type="primary", icon=":material/cable:"):
            return
    with st.spinner(f"Asking {PROVIDER_NAMES[provider]} …"):
        connected = attempted(
            lambda: connect(
                context.database,
                context.providers,
                context.secrets,
                org_id=person.org_id,
                provider=ProviderName(provider),
                api_key=SecretStr(key),
                label=label or None,
                project_id=None if project is None else projects[project],
                now=context.clock.now(),
                actor=person.actor,
            )
        )
    if connected is not None:
        st.rerun()
