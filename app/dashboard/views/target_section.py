"""Notification targets: list, add, test, remove."""

import streamlit as st
from pydantic import SecretStr

from app.accounts.notification_targets import TargetView, add_target, list_targets, remove_target, try_target
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.instants import written_instant
from app.dashboard.rounds import begin_round, key_of_round
from core.errors import CarbonLedgerError

KINDS = {
    "mail": "Mail",
    "webhook": "Webhook",
    "slack": "Slack",
    "discord": "Discord",
    "teams": "Microsoft Teams",
    "ntfy": "ntfy",
    "telegram": "Telegram",
}


def show_targets(person: Principal) -> None:
    context = serving.context()
    fragments.show(
        "section.html",
        title="Notifications",
        sentence="What owners are told in the app and by mail goes to these targets too. Owners and admins see them.",
    )
    for target in list_targets(context, person):
        _target(person, target)
    with st.expander("Add a target", icon=":material/notifications:"):
        _add(person)


def _target(person: Principal, target: TargetView) -> None:
    context = serving.context()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"target-{target.id}"):
        fragments.show(
            "row.html",
            name=target.label,
            detail=f"{KINDS[target.kind]}, {target.masked}, {_state(target)}",
            is_own=False,
        )
        is_asked = st.button("Send a test", key=f"test-target-{target.id}")
        if st.button("Remove", key=f"remove-target-{target.id}") and done(
            lambda: remove_target(context, person, target.id, now=context.clock.now())
        ):
            st.rerun()
    if is_asked:
        _test(person, target)


def _state(target: TargetView) -> str:
    if target.last_tried_at is None:
        return "nothing sent yet"
    outcome = "sent" if target.last_error_code is None else f"failed ({target.last_error_code})"
    return f"last {outcome} {written_instant(target.last_tried_at)}"


def _test(person: Principal, target: TargetView) -> None:
    context = serving.context()
    error: CarbonLedgerError | None = None
    try:
        error = try_target(context, person, target.id, now=context.clock.now())
    except CarbonLedgerError as refusal:
        error = refusal
    if error is None:
        st.success("The receiving server took the message.", icon=":material/check:")
    else:
        fragments.show("note.html", tone="bad", title="The test did not arrive.", sentence=error.sentence, link=None)


def _add(person: Principal) -> None:
    context = serving.context()
    with st.form(key_of_round("add-target"), border=False):
        url = st.text_input(
            "Address",
            type="password",
            max_chars=2_000,
            help="An apprise URL with one recipient: mailtos://user:password@smtp.example.com?to=me@example.com,"
            " jsons://host/path for a webhook, slack://, discord://, workflows:// for Microsoft Teams, ntfys://host/topic"
            " or tgram://. It is kept in the secret store and not shown again.",
        )
        label = st.text_input("Label", max_chars=80, placeholder="whom it reaches, such as the people on call")
        if st.form_submit_button("Add target", type="primary") and done(
            lambda: add_target(context, person, url=SecretStr(url), label=label or None, now=context.clock.now())
        ):
            begin_round()  # the address leaves the page
            st.rerun()
