"""The audit log on the settings page: fifty entries, older ones by a link, one act or all."""

import streamlit as st

from app.accounts.audit_log import ACTS, list_audit_log
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.page_list import SETTINGS

PAGE = 50
ALL = "all"
OPTIONS = {ALL: "everything", **{act: act.replace(".", ": ").replace("-", " ") for act in sorted(ACTS)}}


def show_audit_log(person: Principal) -> None:
    fragments.show(
        "section.html",
        title="Audit log",
        sentence="What was done in this organization, by whom and when. Newest first.",
    )
    before, present = address.number_in_address("before"), address.in_address("act") or ALL
    key = address.follow("act", allowed=OPTIONS, default=ALL)
    chosen_act = st.selectbox("Acts", list(OPTIONS), key=key, format_func=OPTIONS.__getitem__)
    act = address.keep("act", chosen_act, default=ALL)
    if act != present:  # another question begins with its newest entries
        before = None
        address.keep("before", "", default="")
    chosen = None if act == ALL else act
    entries = list_audit_log(
        serving.context().database,
        person,
        act=chosen,
        before_id=before,
        limit=PAGE + 1,
    )
    older = str(entries[PAGE - 1].id) if len(entries) > PAGE else None
    fragments.show(
        "audit_log.html",
        entries=entries[:PAGE],
        words=OPTIONS,
        newest=address.link(SETTINGS.path, act=chosen) if before else None,
        older=address.link(SETTINGS.path, act=chosen, before=older) if older else None,
        file=address.link("/v1/audit-log.csv", act=chosen),
    )
    address.write()
