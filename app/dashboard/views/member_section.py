"""Members: list, invite, change a role, remove."""

import streamlit as st

from app.accounts.invitations import InvitationView, invite, list_invitations, withdraw_invitation
from app.accounts.members import MemberView, change_role, list_members, remove_member
from app.accounts.permissions import ROLES, ROLES_IN_REACH, Role, acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.acting import done
from app.dashboard.instants import written_date

INVITABLE: tuple[Role, ...] = ("viewer", "member", "admin")


def show_members(person: Principal) -> None:
    context = serving.context()
    may_write = "members:write" in acts_of(person)
    members = list_members(context.database, person)
    fragments.show("section.html", title="Members", sentence="Owners and admins invite people and change roles.")
    for member in members:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"member-{member.user_id}"):
            fragments.show(
                "row.html",
                name=f"{member.display_name} ({member.email})" if member.display_name else member.email,
                detail=f"{member.role}, since {written_date(member.created_at)}",
                is_own=member.user_id == person.user_id,
            )
            if may_write or member.user_id == person.user_id:
                with st.popover("Manage"):
                    _manage(person, member, may_write=may_write)
    if not may_write:
        return
    for invitation in list_invitations(context.database, person, now=context.clock.now()):
        _invitation(person, invitation)
    with st.expander("Invite somebody", icon=":material/person_add:"):
        _invite(person)


def _manage(person: Principal, member: MemberView, *, may_write: bool) -> None:
    context = serving.context()
    if may_write:
        reachable = [role for role in ROLES if person.role and role in ROLES_IN_REACH[person.role]]
        if member.role in reachable:
            role = st.selectbox("Role", reachable, index=reachable.index(member.role), key=f"role-{member.user_id}")
            if st.button("Save role", key=f"save-role-{member.user_id}") and done(
                lambda: change_role(context.database, person, member.user_id, role=role, now=context.clock.now())
            ):
                st.rerun()
    leaving = member.user_id == person.user_id
    if st.button("Leave this organization" if leaving else "Remove", key=f"remove-{member.user_id}") and done(
        lambda: remove_member(context.database, person, member.user_id, now=context.clock.now())
    ):
        st.rerun()


def _invitation(person: Principal, invitation: InvitationView) -> None:
    context = serving.context()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"invitation-{invitation.id}"):
        fragments.show(
            "row.html",
            name=invitation.email,
            detail=f"invited as {invitation.role}, until {written_date(invitation.expires_at)}",
            is_own=False,
        )
        if st.button("Withdraw", key=f"withdraw-{invitation.id}") and done(
            lambda: withdraw_invitation(context.database, person, invitation.id, now=context.clock.now())
        ):
            st.rerun()


def _invite(person: Principal) -> None:
    context = serving.context()
    with st.form("invite", border=False, clear_on_submit=False):
        email = st.text_input("E-mail", max_chars=254)
        role = st.selectbox("Role", INVITABLE, help="Viewers look, members connect keys too, admins manage people.")
        if st.form_submit_button("Send invitation", type="primary") and done(
            lambda: invite(
                context.database,
                person,
                email=email,
                role=role,
                public_url=context.settings.public_url,
                now=context.clock.now(),
            )
        ):
            st.rerun()
