"""The person's own name and password."""

import streamlit as st
from pydantic import SecretStr

from app.accounts.passwords import SHORTEST_PASSWORD
from app.accounts.person import change_display_name, change_password, read_profile
from app.accounts.principal import SESSION_COOKIE, Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.rounds import begin_round, key_of_round

_CHANGED = "password-changed"


def show_profile(person: Principal) -> None:
    context = serving.context()
    profile = read_profile(context.database, person)
    fragments.show("section.html", title="Profile", sentence=f"You are signed in as {profile.email}.")
    with st.form("settings-profile"):
        name = st.text_input(
            "Display name (optional)",
            value=profile.display_name or "",
            max_chars=80,
            help="Shown beside your e-mail to the people of your organizations.",
        )
        if st.form_submit_button("Save name") and done(lambda: change_display_name(context.database, person, name)):
            st.rerun()


def show_password(person: Principal) -> None:
    context = serving.context()
    fragments.show("section.html", title="Password", sentence="A change signs you out everywhere but here.")
    if st.session_state.pop(_CHANGED, False):
        st.success("The password is changed, and you are signed out everywhere else.", icon=":material/check:")
    with st.form(key_of_round("settings-password")):
        present = st.text_input("Present password", type="password", autocomplete="current-password", max_chars=1_000)
        wanted = st.text_input(
            "New password",
            type="password",
            autocomplete="new-password",
            max_chars=1_000,
            help=f"At least {SHORTEST_PASSWORD} characters, and not one that everybody would guess.",
        )
        if st.form_submit_button("Change password") and done(
            lambda: change_password(
                context.database,
                person,
                present=SecretStr(present),
                wanted=SecretStr(wanted),
                cookie=st.context.cookies.get(SESSION_COOKIE),
                memory_mib=context.settings.password_memory_mib,
                now=context.clock.now(),
            )
        ):
            st.session_state[_CHANGED] = True
            begin_round()  # both passwords leave the page
            st.rerun()
