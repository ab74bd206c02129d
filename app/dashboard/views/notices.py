"""Notices: what there was to tell, with what to do, and what of it one has read."""

import streamlit as st

from app.accounts.notices import Notice, list_notices, mark_all_read, mark_read
from app.accounts.principal import Principal
from app.dashboard import address, fragments, serving
from app.dashboard.acting import done
from app.dashboard.page_list import MEMBERS, NOTICES

PAGE = 20


def show(person: Principal) -> None:
    context = serving.context()
    before = address.number_in_address("before")
    notices = list_notices(context.database, person, before_id=before, limit=PAGE + 1)
    fragments.show("heading.html", title="Notices", aside=None)
    fragments.show("notices_heading.html", is_empty=not notices, targets=MEMBERS.path)
    if (
        any(notice.read_at is None for notice in notices)
        and st.button("Mark all as read", icon=":material/done_all:", key="mark-all")
        and done(lambda: mark_all_read(context.database, person, now=context.clock.now()))
    ):
        st.rerun()
    for notice in notices[:PAGE]:
        _notice(person, notice)
    if len(notices) > PAGE:
        fragments.show("older.html", link=address.link(NOTICES.path, before=str(notices[PAGE - 1].id)))


def _notice(person: Principal, notice: Notice) -> None:
    context = serving.context()
    with st.container(border=True, key=f"notice-{notice.id}"):
        fragments.show("notice.html", notice=notice)
        if (
            notice.read_at is None
            and st.button("Mark as read", icon=":material/done:", key=f"mark-{notice.id}")
            and done(lambda: mark_read(context.database, person, notice.id, now=context.clock.now()))
        ):
            st.rerun()
