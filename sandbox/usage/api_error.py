"""An answer that is an error, in the words of the provider that is played."""

from collections.abc import Mapping
from typing import Any, Protocol

from sandbox.usage.identities import Provider


class ApiError(Exception):
    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self.status, self.body, self.headers = status, body, dict(headers or {})
        super().__init__(f"HTTP {status}")


class Dialect(Protocol):
    """How one provider says no."""

    @property
    def provider(self) -> Provider: ...

    def missing_key(self) -> ApiError: ...
    def unknown_key(self, key: str) -> ApiError: ...
    def wrong_kind(self) -> ApiError: ...
    def missing_scope(self, status: int | None) -> ApiError: ...
    def bad_request(self, message: str) -> ApiError: ...
    def rate_limited(self) -> ApiError: ...
    def failed(self, status: int) -> ApiError: ...
