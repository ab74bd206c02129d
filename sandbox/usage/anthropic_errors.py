"""How Anthropic says no: {"type": "error", "error": {type, message}, "request_id"}."""

from sandbox.usage.api_error import ApiError
from sandbox.usage.identities import Provider

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class AnthropicErrors:
    provider: Provider = "anthropic"

    def missing_key(self) -> ApiError:
        return _error(401, "x-api-key header is required")

    def unknown_key(self, key: str) -> ApiError:  # noqa: ARG002 - Anthropic echoes nothing of the key
        return _error(401, "invalid x-api-key")

    def wrong_kind(self) -> ApiError:
        return _error(401, "invalid x-api-key")

    def missing_scope(self, status: int | None) -> ApiError:
        return _error(status or 403, "Your API key does not have permission to use the specified resource.")

    def bad_request(self, message: str) -> ApiError:
        return _error(400, message)

    def rate_limited(self) -> ApiError:
        return _error(429, "Rate limited. Please try again later.")

    def failed(self, status: int) -> ApiError:
        return _error(status, "Overloaded" if status == 529 else "Internal server error")


def _error(status: int, message: str) -> ApiError:
    error = {"type": _TYPES.get(status, "api_error"), "message": message}
    return ApiError(status, {"type": "error", "error": error, "request_id": f"req_011C{status}"})
