"""Settings: who one is, the password, where one is signed in, what was done in the organization, and its end."""

from app.accounts.me import who_am_i
from app.accounts.permissions import acts_of
from app.accounts.principal import Principal
from app.dashboard import fragments, serving
from app.dashboard.page_list import BILLING, MEMBERS, NOTICES
from app.dashboard.views.audit_section import show_audit_log
from app.dashboard.views.delete_section import show_deletion
from app.dashboard.views.profile_section import show_password, show_profile
from app.dashboard.views.session_section import show_sessions

ELSEWHERE = (
    (MEMBERS.path, "Members, API keys and notification targets"),
    (NOTICES.path, "Notices"),
    (BILLING.path, "Billing and the name on receipts"),
)


def show(person: Principal) -> None:
    fragments.show("heading.html", title="Settings", aside=None)
    fragments.show("settings_links.html", links=ELSEWHERE)
    show_profile(person)
    show_password(person)
    show_sessions(person)
    if "audit:read" in acts_of(person):
        show_audit_log(person)
    if "organization:delete" in acts_of(person):
        show_deletion(person, who_am_i(serving.context().database, person).organization.name)
