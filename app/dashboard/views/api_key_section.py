"""API keys: list, make (shown once), revoke."""

from datetime import timedelta

import streamlit as st

from app.accounts.api_keys import ApiKeyView, create_api_key, list_api_keys, revoke_api_key
from app.accounts.permissions import SCOPES, acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import attempted, done
from app.dashboard.instants import written_date

EXPIRIES = {"90 days": timedelta(days=90), "1 year": timedelta(days=365), "never": None}


def show_api_keys(person: Principal) -> None:
    context = serving.context()
    fragments.show(
        "section.html", title="API keys", sentence="For programs: Authorization: Bearer cl_live_… on every call of /v1."
    )
    for key in list_api_keys(context.database, person):
        _key(person, key)
    if "api_keys:write" in acts_of(person):
        with st.expander("Make an API key", icon=":material/key:"):
            _make(person)


def _key(person: Principal, key: ApiKeyView) -> None:
    context = serving.context()
    used = f"last used {written_date(key.last_used_at)}" if key.last_used_at else "not used yet"
    until = f"until {written_date(key.expires_at)}" if key.expires_at else "does not expire"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"api-key-{key.id}"):
        fragments.show(
            "row.html",
            name=f"{key.name} (…{key.hint})",
            detail=f"{' and '.join(key.scopes)}, {until}, {used}",
            is_own=False,
        )
        if st.button("Revoke", key=f"revoke-{key.id}") and done(
            lambda: revoke_api_key(context.database, person, key.id, now=context.clock.now())
        ):
            st.rerun()


def _make(person: Principal) -> None:
    context = serving.context()
    with st.form("make-key", border=False, clear_on_submit=True):
        name = st.text_input("Name", max_chars=80, placeholder="what will use it, such as the nightly export")
        scopes = st.pills("Scopes", SCOPES, selection_mode="multi", default=["read"])
        expiry = st.selectbox("Expires after", list(EXPIRIES))
        if not st.form_submit_button("Make key", type="primary"):
            return
    now, lasts = context.clock.now(), EXPIRIES[expiry]
    made = attempted(
        lambda: create_api_key(
            context.database,
            person,
            name=name,
            scopes=[scope for scope in SCOPES if scope in scopes],
            expires_at=None if lasts is None else now + lasts,
            now=now,
        )
    )
    if made is not None:
        # Only in this answer: nothing keeps the key, and the next rerun does not have it.
        st.success("Copy the key now. It is not shown again.", icon=":material/check:")
        st.code(made[1], language=None)
