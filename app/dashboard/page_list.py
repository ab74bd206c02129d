"""The dashboard's pages: their paths (the server sends these to Streamlit), titles and icons. Knows no Streamlit.

A new page is an entry, its name in a section, and a module in `views` named as its path, with `show(person)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True)
class PageEntry:
    """`is_listed`: in the menu at the side. A page of one thing is reached from where that thing is listed."""

    path: str
    title: str
    icon: str
    """A name of the Material Symbols font, which Streamlit ships."""
    is_listed: bool = True

    @property
    def view(self) -> str:
        """The module that shows it."""
        return f"app.dashboard.views.{self.path.strip('/').replace('-', '_') or 'overview'}"


OVERVIEW = PageEntry("/", "Overview", "monitoring")
USAGE = PageEntry("/usage", "Usage", "query_stats")
PROJECTS = PageEntry("/projects", "Projects", "folder_open")
PROJECT = PageEntry("/project", "Project", "folder_open", is_listed=False)
BUDGETS = PageEntry("/budgets", "Budgets", "speed")
CONNECTIONS = PageEntry("/connections", "Connections", "cable")
MAPPING = PageEntry("/mapping", "Mapping", "alt_route", is_listed=False)
CORRECTIONS = PageEntry("/corrections", "Corrections of history", "history", is_listed=False)
REVISIONS = PageEntry("/revisions", "Revised usage", "edit_note", is_listed=False)
RECEIPTS = PageEntry("/receipts", "Receipts", "verified")
RECEIPT = PageEntry("/receipt", "Receipt", "verified", is_listed=False)
ACCURACY = PageEntry("/accuracy", "Accuracy", "fact_check")
METHODOLOGY = PageEntry("/methodology", "Methodology", "science")
BILLING = PageEntry("/billing", "Billing", "receipt_long")
PERIOD = PageEntry("/billing-period", "Billing period", "receipt_long", is_listed=False)
UPGRADE = PageEntry("/upgrade", "Plans", "bolt", is_listed=False)
CREDIT_POOL = PageEntry("/credit-pool", "Credit pool", "forest", is_listed=False)
MEMBERS = PageEntry("/members", "Members & keys", "group")
NOTICES = PageEntry("/notices", "Notices", "notifications")
SETTINGS = PageEntry("/settings", "Settings", "settings")

SECTIONS: Mapping[str, Sequence[PageEntry]] = {
    "": (OVERVIEW, USAGE, PROJECTS, PROJECT, BUDGETS, CONNECTIONS, MAPPING, CORRECTIONS, REVISIONS),
    "Evidence": (RECEIPTS, RECEIPT, ACCURACY, METHODOLOGY),
    "Account": (BILLING, PERIOD, UPGRADE, CREDIT_POOL, MEMBERS, NOTICES, SETTINGS),
}
"""Heading in the menu -> its pages in order; the first ones stand under none."""
PAGES = tuple(chain.from_iterable(SECTIONS.values()))
PAGE_PATHS = frozenset(page.path for page in PAGES)
