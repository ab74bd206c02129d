"""The dashboard's pages: their paths (the server sends these to Streamlit), titles and icons. Knows no Streamlit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageEntry:
    path: str
    title: str
    icon: str
    """A name of the Material Symbols font, which Streamlit ships."""


OVERVIEW = PageEntry("/", "Overview", "monitoring")
CONNECTIONS = PageEntry("/connections", "Connections", "cable")
MEMBERS = PageEntry("/members", "Members & keys", "group")
METHODOLOGY = PageEntry("/methodology", "Methodology", "science")

PAGE_PATHS = frozenset(page.path for page in (OVERVIEW, CONNECTIONS, MEMBERS, METHODOLOGY))
