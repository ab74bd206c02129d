"""Where the person is signed in, and the way out everywhere else."""

import streamlit as st

from app.accounts.person import end_other_sessions, list_sessions
from app.accounts.principal import SESSION_COOKIE, Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done


def show_sessions(person: Principal) -> None:
    context = serving.context()
    cookie, now = st.context.cookies.get(SESSION_COOKIE), context.clock.now()
    sessions = list_sessions(context.database, person, cookie=cookie, now=now)
    fragments.show(
        "section.html", title="Sessions", sentence="Where you are signed in. What you do not know, sign out."
    )
    fragments.show("session_list.html", sessions=sessions)
    if (
        len(sessions) > 1
        and st.button("Sign out everywhere else", icon=":material/logout:", key="end-sessions")
        and done(lambda: end_other_sessions(context.database, person, cookie=cookie, now=now))
    ):
        st.rerun()
