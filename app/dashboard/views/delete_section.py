"""Delete the organization: what goes, what stays, what has to be done before, and the last question."""

import streamlit as st
from pydantic import SecretStr

from app.accounts.delete_organization import delete_organization, what_delays_deletion
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.leaving import leave_for
from app.dashboard.page_list import BILLING


def show_deletion(person: Principal, organization: str) -> None:
    context = serving.context()
    fragments.show("section.html", title="Delete the organization", sentence="For its owners. There is no way back.")
    fragments.show("deletion.html", organization=organization)
    blockers = what_delays_deletion(context, person)
    if blockers:
        fragments.show(
            "note.html",
            tone="warn",
            title="Not yet.",
            sentence=" ".join(blocker.sentence for blocker in blockers),
            link=BILLING.path,
            link_text="Open billing",
        )
        return
    with st.expander("Delete this organization", icon=":material/delete_forever:"):
        with st.form("settings-delete", border=False):
            name = st.text_input("The organization's name", max_chars=200, autocomplete="off")
            password = st.text_input("Your password", type="password", autocomplete="off", max_chars=1_000)
            is_sent = st.form_submit_button("Delete it for good", type="primary")
        if is_sent and done(
            lambda: delete_organization(
                context, person, password=SecretStr(password), name=name, now=context.clock.now()
            )
        ):
            leave_for("/auth/login", where="the log-in")
