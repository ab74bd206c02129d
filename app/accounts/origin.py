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
    if origin != _origin_of(public_url) or fetch_site == "cross-site":
        raise ForeignOriginError(public_url)


def may_open_socket(*, origin: str | None, host: str | None, public_url: str) -> bool:
    """Whether a WebSocket was opened by a page of ours, or by no browser. Browsers send the cookie with any handshake
    of the same site, which every port of a host is, and not all of them send Sec-Fetch-Site with it.

    `origin` and `host` are the handshake's headers; a page reached by another name of the same server names that name
    in both.
    """
    return origin is None or origin == _origin_of(public_url) or origin.partition("://")[2] == host


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
