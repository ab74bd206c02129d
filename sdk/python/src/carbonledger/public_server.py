"""What a CarbonLedger server tells anybody: its key history, and a receipt's public record.

Asked only when the user names the server; no address that stands in a receipt is ever called.
"""

from http.client import HTTPException, HTTPMessage
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from carbonledger.verify.errors import CannotCheckError

_LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class PublicServer:
    """The public addresses of one server. `seconds`: how long it may be silent."""

    def __init__(self, url: str, *, seconds: float = 20) -> None:
        """Raises ValueError unless the URL is https, or http on this machine: over plain http anybody answers."""
        parts = urlsplit(url)
        is_here = parts.hostname in _LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
            raise ValueError(f"{url} is not the https address of a server.")
        self.url = url.rstrip("/")
        self._seconds = seconds
        self._opener = build_opener(_RefusedRedirects, *([ProxyHandler({})] if is_here else []))

    def key_history(self) -> bytes:
        """The issuer's key history (JSON). Raises CannotCheckError if the server does not give it."""
        return self._get("/.well-known/key-history.json")

    def record(self, serial: str, *, receipt_id: str | None) -> bytes | None:
        """What the server says of a receipt (JSON), all of it to who has its id; null: it knows none with this id.

        Raises CannotCheckError.
        """
        query = "" if receipt_id is None else f"?id={quote(receipt_id, safe='')}"
        try:
            return self._get(f"/verify/{quote(serial, safe='')}{query}")
        except _UnknownError:
            return None

    def _get(self, path: str) -> bytes:
        request = Request(self.url + path, headers={"Accept": "application/json"})  # noqa: S310 - see __init__
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                data: bytes = answer.read(_LARGEST_ANSWER_BYTES + 1)
        except HTTPError as error:
            error.close()
            kind = _UnknownError if error.code == 404 else CannotCheckError
            raise kind(f"{self.url}{path} answered with status {error.code}.") from error
        except (URLError, HTTPException, OSError) as error:
            raise CannotCheckError(f"{self.url}{path} cannot be reached: {error}.") from error
        if len(data) > _LARGEST_ANSWER_BYTES:
            raise CannotCheckError(f"{self.url}{path} answered with more than {_LARGEST_ANSWER_BYTES} bytes.")
        return data


class _UnknownError(CannotCheckError):
    """The server does not know what was asked for."""


class _RefusedRedirects(HTTPRedirectHandler):
    """Another address than the user's is not the user's server."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> NoReturn:
        raise HTTPError(req.full_url, code, f"{msg}; it would lead to {newurl}", headers, fp)
