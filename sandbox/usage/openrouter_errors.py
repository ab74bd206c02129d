"""How OpenRouter says no: {"error": {code, message}}, the code being the HTTP status."""

from sandbox.usage.api_error import ApiError
from sandbox.usage.identities import Provider


class OpenRouterErrors:
    provider: Provider = "openrouter"

    def missing_key(self) -> ApiError:
        return _error(401, "Missing Authentication header")

    def unknown_key(self, key: str) -> ApiError:  # noqa: ARG002 - OpenRouter echoes nothing of the key
        return _error(401, "User not found.")

    def wrong_kind(self) -> ApiError:
        return _error(403, "Only management keys can perform this operation")

    def missing_scope(self, status: int | None) -> ApiError:
        return _error(status or 403, "Only management keys can perform this operation")

    def bad_request(self, message: str) -> ApiError:
        return _error(400, message)

    def rate_limited(self) -> ApiError:
        return _error(429, "Rate limit exceeded")

    def failed(self, status: int) -> ApiError:
        return _error(status, "Internal Server Error")


def _error(status: int, message: str) -> ApiError:
    return ApiError(status, {"error": {"code": status, "message": message}})
