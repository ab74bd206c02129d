"""Whether a write was made by a page of ours. SameSite=Lax keeps most foreign writes out; this keeps out the rest.

A browser says with every write where the page is that makes it, and pages cannot forge either header. A client that
sends neither is no browser, so nobody else's page moves it (the reasoning of Go's http.CrossOriginProtection).
"""

from urllib.parse import urlsplit

from app.accounts.errors import ForeignOriginError

_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_origin(method: str, *, origin: str | None, fetch_site: str | None, public_url: str) -> None:
    """Raises ForeignOriginError for a write whose Origin is not the public URL's, or that its browser calls cross-site.

    `origin` and `fetch_site` are the headers Origin and Sec-Fetch-Site. A page reached by another name of the same
    server (localhost for 127.0.0.1) is ours if its browser says `same-origin`.
    """
    if method in _READING_METHODS or fetch_site == "same-origin":
        return
    if origin is None and fetch_site is None:
        return
    public = urlsplit(public_url)
    if origin != f"{public.scheme}://{public.netloc}" or fetch_site == "cross-site":
        raise ForeignOriginError(public_url)
