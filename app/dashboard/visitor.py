"""Who looks at the page, asked at every rerun: a session that has ended and a person who was removed see no more."""

from typing import NoReturn

import streamlit as st

from app.accounts.errors import NotAuthenticatedError
from app.accounts.principal import SESSION_COOKIE, Principal, authenticate
from app.dashboard import serving

_TO_LOGIN = """
<p class="cl">Your session has ended. <a href="/auth/login" target="_self">Log in again</a></p>
<script>
window.location.replace("/auth/login?next=" + encodeURIComponent(window.location.pathname + window.location.search))
</script>
"""


def visitor() -> Principal:
    """The signed-in person; anybody else is sent to the log-in and the script ends here."""
    context = serving.context()
    try:
        return authenticate(
            context.database,
            authorization=None,
            cookie=st.context.cookies.get(SESSION_COOKIE),
            now=context.clock.now(),
        )
    except NotAuthenticatedError:
        _send_to_login()


def _send_to_login() -> NoReturn:
    st.html(_TO_LOGIN, unsafe_allow_javascript=True)
    st.stop()
